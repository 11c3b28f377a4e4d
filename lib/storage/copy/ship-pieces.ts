import { LastgoodError } from "../../domain/errors.ts";
import { newObject, objectKey, type Piece } from "./copy-format.ts";
import type { CopyStores } from "./copy-stores.ts";
import { readLocal } from "./local-bytes.ts";

const MEBIBYTE = 1024 * 1024;
const SMALLEST_PIECE = 16 * MEBIBYTE;
const MOST_PIECES = 512;
/** So many pieces of about one size become one: few requests to write, few to read. */
const MERGED_AT = 8;

/** Into what a file of that size is cut: an upload that breaks off is begun again with its piece, not with the file. */
export function pieceBytesOf(fileBytes: number): number {
  return Math.max(1, Math.ceil(fileBytes / MOST_PIECES / SMALLEST_PIECE)) * SMALLEST_PIECE;
}

/** Stores bytes of a local file as one object, and looks whether it lies there in its whole length. Throws as `Storage.put`, `FileChanged`. */
export async function shipPiece(
  stores: CopyStores,
  copyId: string,
  { file, from, bytes, isLasting }: { file: string; from: number; bytes: number; isLasting: boolean },
  signal?: AbortSignal,
): Promise<Piece> {
  const object = newObject("piece");
  const key = objectKey(copyId, object);
  const { body, sha256 } = readLocal(file, from, bytes);
  await (isLasting ? stores.lasting : stores.open).put(key, body, signal);
  if (isLasting) await requireStored(stores, key, bytes);
  return { object, from, bytes, sha256: sha256() };
}

async function requireStored({ raw, storedBytes }: CopyStores, key: string, bytes: number): Promise<void> {
  const found = await raw.find(key);
  if (found?.sizeBytes === storedBytes(bytes)) return;
  throw new LastgoodError("storage_unavailable", `The store took ${key}, and does not have it as it was given.`, {
    hint: "Look at the store; it is shipped again.",
  });
}

/**
 * From where on the next piece of a growing file begins: behind what is there, or, where many small pieces have come together, where
 * these begin, which it then replaces.
 */
export function nextPieceFrom(pieces: readonly Piece[], bytes: number): number {
  let from = endOf(pieces);
  for (let kept = [...pieces]; ; ) {
    const size = sizeClass(bytes - from);
    const run = kept.length - kept.findLastIndex((piece) => sizeClass(piece.bytes) > size) - 1;
    if (run < MERGED_AT - 1) return from;
    kept = kept.slice(0, kept.length - run);
    from = endOf(kept);
  }
}

const endOf = (pieces: readonly Piece[]) => {
  const last = pieces.at(-1);
  return last ? last.from + last.bytes : 0;
};
/** Pieces of one class differ by less than eight times. */
const sizeClass = (bytes: number) => Math.floor(Math.log2(Math.max(1, bytes)) / 3);
