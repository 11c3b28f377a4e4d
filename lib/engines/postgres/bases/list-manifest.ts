/** What the server says of one of its files; `checksum` in lower-case hex. */
export type ListedFile = { sizeBytes: number; algorithm: string; checksum: string };

type Entry = {
  Path?: unknown;
  /** Hex, of a name that is not UTF-8. */
  "Encoded-Path"?: unknown;
  Size?: unknown;
  "Checksum-Algorithm"?: unknown;
  Checksum?: unknown;
};

/**
 * Every file that a manifest lists, by its path below the data directory, each byte of a path as one character (as names in an archive
 * are read). The log is not among them. Throws where it is no manifest. By hand, since a short-lived process that has to begin
 * soon calls it. https://www.postgresql.org/docs/current/backup-manifest-format.html
 */
export function listManifest(bytes: Buffer): Map<string, ListedFile> {
  const { Files } = JSON.parse(bytes.toString("utf8")) as { Files?: unknown };
  if (!Array.isArray(Files)) throw new Error("the backup's manifest lists no files");
  const listed = new Map<string, ListedFile>();
  for (const entry of Files as Entry[]) {
    const { Path: name, "Encoded-Path": encoded, Size: sizeBytes } = entry;
    const { "Checksum-Algorithm": algorithm = "NONE", Checksum: checksum = "" } = entry;
    const bytesOfName =
      typeof encoded === "string"
        ? Buffer.from(encoded, "hex")
        : Buffer.from(typeof name === "string" ? name : "", "utf8");
    const isSize = typeof sizeBytes === "number" && Number.isSafeInteger(sizeBytes) && sizeBytes >= 0;
    if (bytesOfName.length === 0 || !isSize || typeof algorithm !== "string" || typeof checksum !== "string")
      throw new Error("the backup's manifest has an entry that cannot be read");
    listed.set(bytesOfName.toString("latin1"), { sizeBytes, algorithm, checksum: checksum.toLowerCase() });
  }
  return listed;
}
