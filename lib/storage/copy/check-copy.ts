import { LastgoodError } from "../../domain/errors.ts";
import { filesPrefix, objectKey, type Piece } from "./copy-format.ts";
import type { CopyWriter } from "./copy-writer.ts";
import { readPiece } from "./read-copy.ts";
import { readHeads } from "./read-heads.ts";

/** What nobody names, and is older, was left behind by a writer that ended. */
const FORGOTTEN_AFTER_MS = 60 * 60_000;

/** `bad`: objects that are missing or altered; `removed`: objects that belonged to nothing. */
export type CopyCheck = { looked: number; read: number; bad: string[]; removed: number };

/**
 * Looks whether all objects of a copy are there in their length, and reads some of them whole, chosen at random. What is missing or altered
 * is noted with the writer, which ships it again, and what belongs to nothing is removed. Throws `storage_unavailable`.
 */
export async function checkCopy(
  writer: CopyWriter,
  { sampleBytes, nowMs }: { sampleBytes: number; nowMs: number },
): Promise<CopyCheck> {
  const { stores, copyId } = writer;
  const pieces = [writer.whole, writer.partial, writer.growing].flatMap((files) =>
    [...files.values()].flatMap((file) => file.pieces),
  );
  const kept = writer.keptObjects();
  const prefix = filesPrefix(copyId);
  const found = new Map<string, number>();
  const check: CopyCheck = { looked: 0, read: 0, bad: [], removed: 0 };
  for await (const { key, sizeBytes, modifiedMs } of stores.raw.list(prefix)) {
    const object = key.slice(prefix.length);
    found.set(object, sizeBytes);
    if (kept.has(object) || modifiedMs > nowMs - FORGOTTEN_AFTER_MS) continue;
    await stores.raw.remove(key);
    check.removed += 1;
  }
  const bad = new Set(
    pieces.filter(({ object, bytes }) => found.get(object) !== stores.storedBytes(bytes)).map(nameOf),
  );
  check.looked = pieces.length;
  for (const piece of sampleOf(pieces, sampleBytes)) {
    if (bad.has(piece.object)) continue;
    check.read += 1;
    if (!(await isSound(writer, piece))) bad.add(piece.object);
  }
  const heads = await readHeads(stores, copyId);
  const catalog = writer.head?.catalog?.object;
  if (heads[0]?.head.serial !== writer.head?.serial) {
    writer.isHeadDue = true;
    if (catalog !== undefined && !found.has(catalog)) bad.add(catalog);
    else if (catalog !== undefined) await stores.raw.find(objectKey(copyId, catalog));
  }
  for (const object of bad) writer.bad.add(object);
  return { ...check, bad: [...bad] };
}

const nameOf = ({ object }: Piece) => object;

function sampleOf(pieces: readonly Piece[], sampleBytes: number): Piece[] {
  const shuffled = pieces.map((piece) => ({ piece, at: Math.random() })).sort((a, b) => a.at - b.at);
  let bytes = 0;
  return shuffled.flatMap(({ piece }) => {
    if (bytes >= sampleBytes) return [];
    bytes += piece.bytes;
    return [piece];
  });
}

async function isSound({ stores, copyId }: CopyWriter, piece: Piece): Promise<boolean> {
  try {
    for await (const _ of readPiece(stores, copyId, piece));
    return true;
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "storage_damaged") return false;
    throw error;
  }
}
