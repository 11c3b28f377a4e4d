import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { PassThrough, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, crc32, createZstdCompress, createZstdDecompress } from "node:zlib";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { publishFile, UNFINISHED } from "../../../storage/durable-file.ts";
import type { SegmentSum } from "./segment-summary.ts";

const LEVEL = 3;

/** Ends the names of archived segments. */
export const COMPRESSED = ".zst";

export type Digest = { sha256: Buffer; sizeBytes: number };

/**
 * Compresses a segment to `target`, durably, and answers the checksum of its bytes. What was written has been read back by then:
 * the file that it was made from may go. Null, and nothing is there: the segment is not what it was when `sum` was taken of it.
 */
export async function archiveSegment(
  source: string,
  target: string,
  sum: SegmentSum | null = null,
): Promise<(Digest & { storedBytes: number }) | null> {
  const unfinished = `${target}${UNFINISHED}`;
  const { taps, digest, crc } = digestTap(sum?.bytes);
  await pipeline(
    createReadStream(source, { highWaterMark: 1024 * 1024 }),
    taps,
    createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: LEVEL } }),
    createWriteStream(unfinished, { mode: 0o600 }),
  );
  if (sum && crc() !== sum.crc) {
    disk.rmSync(unfinished, { force: true });
    return null;
  }
  const written = digest();
  const back = await digestOf(unfinished);
  if (!back.sha256.equals(written.sha256)) {
    throw new LastgoodError("history_damaged", `${target} was not read back as it was written.`, {
      hint: "Look for the disk in the machine's own log. The segment stays where it was received.",
    });
  }
  const fd = disk.openSync(unfinished, "r");
  try {
    disk.fsyncSync(fd);
  } finally {
    disk.closeSync(fd);
  }
  publishFile(target);
  return { ...written, storedBytes: disk.statSync(target).size };
}

/** The CRC-32 of a file's first bytes. */
export async function sumOf(file: string, bytes: number): Promise<number> {
  const { taps, crc } = digestTap(bytes);
  await pipeline(createReadStream(file, { end: bytes - 1, highWaterMark: 1024 * 1024 }), taps, nowhere());
  return crc();
}

/** The checksum of what an archived segment holds; with a target, its bytes are written there. Throws what zstd complains of. */
export async function digestOf(archived: string, target?: string): Promise<Digest> {
  const { taps, digest } = digestTap();
  await pipeline(
    createReadStream(archived),
    createZstdDecompress(),
    taps,
    target === undefined ? nowhere() : createWriteStream(target, { mode: 0o600 }),
  );
  return digest();
}

/** @param summed of how many bytes, from the first on, the CRC-32 is wanted as well */
function digestTap(summed = 0): { taps: PassThrough; digest(): Digest; crc(): number } {
  const hash = createHash("sha256");
  let [sizeBytes, crc] = [0, 0];
  const taps = new PassThrough();
  taps.on("data", (piece: Buffer) => {
    hash.update(piece);
    if (sizeBytes < summed) crc = crc32(piece.subarray(0, summed - sizeBytes), crc);
    sizeBytes += piece.length;
  });
  return { taps, digest: () => ({ sha256: hash.digest(), sizeBytes }), crc: () => crc };
}

const nowhere = () => new Writable({ write: (_piece, _encoding, done) => done() });
