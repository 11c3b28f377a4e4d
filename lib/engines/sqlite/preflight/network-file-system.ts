/** Magic numbers of statfs(2) of the file systems whose locks or shared memory do not reach every process. */
const NETWORK: Record<number, string> = {
  26985: "NFS",
  20859: "SMB",
  4283649346: "CIFS",
  4266872130: "SMB",
  1702057286: "FUSE",
  16914839: "9p",
  1397113167: "AFS",
  12805120: "Ceph",
  1937076805: "Coda",
  22092: "NCP",
  2020557398: "VirtualBox share",
  1785031267: "virtual machine share",
  198183888: "Lustre",
  1196443219: "GPFS",
  1952539503: "OCFS2",
  18225520: "GFS2",
};

/** The kind of network or shared file system of a statfs type, or null for a local one. */
export function networkFileSystem(type: number): string | null {
  return NETWORK[type >>> 0] ?? null;
}
