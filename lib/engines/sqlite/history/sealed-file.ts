import { crc32, zstdDecompressSync } from "node:zlib";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { readUpTo } from "../../../storage/durable-file.ts";
import type { BlockRow } from "./format.ts";

let opened = 0;

/** The bytes of a sealed segment. A history can have more of them than a process may have files open: none is kept open. */
export class SealedFile {
  readonly path: string;
  /** Begins the keys of its pieces in the table cache. */
  readonly key: string;

  constructor(path: string) {
    this.path = path;
    this.key = `${++opened}:`;
  }

  read(bytes: number, at: number): Buffer {
    let fd: number;
    try {
      fd = disk.openSync(this.path, "r");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") throw prunedMeanwhile();
      throw error;
    }
    try {
      return readUpTo(fd, bytes, at);
    } finally {
      disk.closeSync(fd);
    }
  }

  /** Bytes that must have this CRC-32; null when they have not. */
  readChecked(bytes: number, at: number, crc: number): Buffer | null {
    const raw = this.read(bytes, at);
    return raw.length === bytes && crc32(raw) === crc ? raw : null;
  }

  /** A compressed block's content; null when it is not what was written. */
  readBlock({ offset, storedBytes, rawBytes, crc }: Omit<BlockRow, "key">): Buffer | null {
    const stored = this.readChecked(storedBytes, offset, crc);
    const raw = stored && decompress(stored, rawBytes);
    return raw?.length === rawBytes ? raw : null;
  }
}

/** Into one buffer of the right size: growing it piece by piece takes twice the time. */
function decompress(stored: Buffer, rawBytes: number): Buffer {
  return zstdDecompressSync(stored, { maxOutputLength: Math.max(rawBytes, 1), chunkSize: Math.max(rawBytes, 64) });
}

/** Whoever walks through a history may be overtaken by its pruning. */
export function prunedMeanwhile(): LastgoodError {
  return new LastgoodError("conflict", "This part of the history has just left the recovery window.", {
    hint: "Look at the window again and choose a moment within it.",
  });
}
