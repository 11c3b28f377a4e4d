import path from "node:path";
import { disk } from "./disk.ts";
import { reachPoint } from "./reach-point.ts";

/** Ends the name of every file that is not finished; such a file belongs to nothing. */
export const UNFINISHED = ".new";

/** Makes the names in a directory durable: what was created, renamed or removed in it. */
export function syncDirectory(directory: string): void {
  const fd = disk.openSync(directory, "r");
  try {
    disk.fsyncSync(fd);
  } finally {
    disk.closeSync(fd);
  }
}

/** Gives a finished and synced file its final name, durably. `renamed` is called while the new name is not durable yet. */
export function publishFile(file: string, renamed: () => void = () => undefined): void {
  disk.renameSync(`${file}${UNFINISHED}`, file);
  renamed();
  syncDirectory(path.dirname(file));
}

/** Writes a whole file so that after a crash either all of it is there or nothing. */
export function writeFileDurably(file: string, ...parts: readonly Buffer[]): void {
  const fd = disk.openSync(`${file}${UNFINISHED}`, "w", 0o600);
  try {
    for (const part of parts) writeWhole(fd, part, null);
    reachPoint("file.written");
    disk.fsyncSync(fd);
    reachPoint("file.synced");
  } finally {
    disk.closeSync(fd);
  }
  publishFile(file, () => reachPoint("file.renamed"));
}

/** Writes all bytes, also where the system takes only some of them at once. `at` null: at the file's own position. */
export function writeWhole(fd: number, bytes: Uint8Array, at: number | null): void {
  for (let done = 0; done < bytes.length; ) {
    done += disk.writeSync(fd, bytes, done, bytes.length - done, at === null ? null : at + done);
  }
}

/** Writes all bytes at the file's own position without holding up this thread. */
export async function appendWhole(fd: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += await disk.write(fd, bytes, done, bytes.length - done, null);
}

/** Reads up to `bytes`; fewer only at the end of the file. */
export function readUpTo(fd: number, bytes: number, at: number): Buffer<ArrayBuffer> {
  const buffer = Buffer.from(new ArrayBuffer(bytes));
  let done = 0;
  while (done < bytes) {
    const got = disk.readSync(fd, buffer, done, bytes - done, at + done);
    if (got === 0) break;
    done += got;
  }
  return buffer.subarray(0, done);
}

/** Fills `target` with what the file holds from `at` on; what lies beyond its end counts as zeroes. */
export function readWhole(fd: number, target: Buffer, at: number): void {
  let done = 0;
  while (done < target.length) {
    const got = disk.readSync(fd, target, done, target.length - done, at + done);
    if (got === 0) break;
    done += got;
  }
  target.fill(0, done);
}
