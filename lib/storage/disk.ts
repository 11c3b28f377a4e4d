import * as fs from "node:fs";
import { promisify } from "node:util";

const fsync = promisify(fs.fsync);
const fdatasync = promisify(fs.fdatasync);
const write = promisify(fs.write);

/**
 * Every call by which the engine reaches its files, under the names that node:fs gives them; those without `Sync` return
 * promises. It is one object so that a process can be given a disk that fails: see `useDisk`.
 */
export type Disk = Pick<
  typeof fs,
  | "chmodSync"
  | "closeSync"
  | "copyFileSync"
  | "existsSync"
  | "fdatasyncSync"
  | "fstatSync"
  | "fsyncSync"
  | "ftruncateSync"
  | "linkSync"
  | "lstatSync"
  | "mkdirSync"
  | "openSync"
  | "readdirSync"
  | "readFileSync"
  | "readSync"
  | "renameSync"
  | "rmSync"
  | "statfsSync"
  | "statSync"
  | "writeFileSync"
  | "writeSync"
> & {
  fdatasync(fd: number): Promise<void>;
  fsync(fd: number): Promise<void>;
  /** Bytes written, which may be fewer than given. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number, at: number | null): Promise<number>;
};

/** The file system as it is. */
export const realDisk: Readonly<Disk> = {
  chmodSync: fs.chmodSync,
  closeSync: fs.closeSync,
  copyFileSync: fs.copyFileSync,
  existsSync: fs.existsSync,
  fdatasyncSync: fs.fdatasyncSync,
  fstatSync: fs.fstatSync,
  fsyncSync: fs.fsyncSync,
  ftruncateSync: fs.ftruncateSync,
  linkSync: fs.linkSync,
  lstatSync: fs.lstatSync,
  mkdirSync: fs.mkdirSync,
  openSync: fs.openSync,
  readdirSync: fs.readdirSync,
  readFileSync: fs.readFileSync,
  readSync: fs.readSync,
  renameSync: fs.renameSync,
  rmSync: fs.rmSync,
  statfsSync: fs.statfsSync,
  statSync: fs.statSync,
  writeFileSync: fs.writeFileSync,
  writeSync: fs.writeSync,
  fdatasync,
  fsync,
  write: async (fd, bytes, offset, length, at) => (await write(fd, bytes, offset, length, at)).bytesWritten,
};

/** What the engine calls. */
export const disk: Disk = { ...realDisk };

/** Replaces some of the calls in this process, as the tests of faults do; returns what puts the former ones back. */
export function useDisk(calls: Partial<Disk>): () => void {
  const former = { ...disk };
  Object.assign(disk, calls);
  return () => {
    Object.assign(disk, former);
  };
}
