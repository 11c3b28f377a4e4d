import { closeSync, fsyncSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import path from "node:path";
import { UNFINISHED } from "./format.ts";

/** Makes the names in a directory durable: what was created, renamed or removed in it. */
export function syncDirectory(directory: string): void {
  const fd = openSync(directory, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Gives a finished and synced file its final name, durably. */
export function publishFile(file: string): void {
  renameSync(`${file}${UNFINISHED}`, file);
  syncDirectory(path.dirname(file));
}

/** Writes a whole file so that after a crash either all of it is there or nothing. */
export function writeFileDurably(file: string, ...parts: readonly Buffer[]): void {
  const fd = openSync(`${file}${UNFINISHED}`, "w", 0o600);
  try {
    for (const part of parts) writeWhole(fd, part, null);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  publishFile(file);
}

/** Writes all bytes, also where the system takes only some of them at once. `at` null: at the file's own position. */
export function writeWhole(fd: number, bytes: Uint8Array, at: number | null): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, at === null ? null : at + done);
  }
}

/** Reads up to `bytes`; fewer only at the end of the file. */
export function readUpTo(fd: number, bytes: number, at: number): Buffer<ArrayBuffer> {
  const buffer = Buffer.from(new ArrayBuffer(bytes));
  let done = 0;
  while (done < bytes) {
    const got = readSync(fd, buffer, done, bytes - done, at + done);
    if (got === 0) break;
    done += got;
  }
  return buffer.subarray(0, done);
}
