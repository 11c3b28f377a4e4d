import { createHash } from "node:crypto";
import { setImmediate as breathe } from "node:timers/promises";
import { disk } from "../disk.ts";
import { storageUnavailable } from "../storage.ts";

const CHUNK_BYTES = 1024 * 1024;

/** The file is not any more what it was when it was listed; whoever ships it lists anew. */
export class FileChanged extends Error {}

/** What is here does not go on from what was shipped: the history was set back, and may know less than its copy. */
export class SetBack extends Error {}

/** Names a file's content as long as nobody touches it; null where there is none. */
export function stampOf(file: string): { stamp: string; bytes: number } | null {
  const stat = disk.statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat ? { stamp: `${stat.ino}-${stat.size}-${stat.mtimeNs}`, bytes: Number(stat.size) } : null;
}

/** Bytes of a file, and their SHA-256 once all were given. Throws `FileChanged` where the file ends before them. */
export function readLocal(
  file: string,
  from: number,
  bytes: number,
): { body: AsyncIterable<Uint8Array>; sha256(): string } {
  const hash = createHash("sha256");
  let digest: string | null = null;
  async function* body() {
    const fd = disk.openSync(file, "r");
    try {
      for (let done = 0; done < bytes; ) {
        const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes - done));
        const got = disk.readSync(fd, chunk, 0, chunk.length, from + done);
        if (got === 0) throw new FileChanged(`${file} is shorter than it was`);
        const piece = chunk.subarray(0, got);
        hash.update(piece);
        done += got;
        yield piece;
        await breathe();
      }
      digest = hash.digest("hex");
    } finally {
      disk.closeSync(fd);
    }
  }
  return {
    body: body(),
    sha256: () => {
      if (digest === null) throw storageUnavailable(`Reading ${file}`, new Error("it was not read to its end"));
      return digest;
    },
  };
}

/** SHA-256 of a part of a file; null where it is not all there. */
export async function localSum(file: string, from: number, bytes: number): Promise<string | null> {
  const { body, sha256 } = readLocal(file, from, bytes);
  try {
    for await (const _ of body);
    return sha256();
  } catch (error) {
    const isGone = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (error instanceof FileChanged || isGone) return null;
    throw error;
  }
}
