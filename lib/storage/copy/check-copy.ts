import { LastgoodError } from "../../domain/errors.ts";
import { filesPrefix, objectKey, type Piece } from "./copy-format.ts";
import type { CopyWriter } from "./copy-writer.ts";
import { readPiece } from "./read-copy.ts";
import { readHeads } from "./read-heads.ts";

/** What nobody names, and is older, was left behind by a writer that ended. */
const FORGOTTEN_AFTER_MS = 60 * 60_000;

/** `bad`: objects that are missing or altered; `removed`: objects that belonged to nothing. */
export type CopyCheck = {
  looked: number;
  read: number;
  bad: string[];
  removed: number;
  /** Why not all of those could be removed, for people; null: they were. */
  notRemoved: string | null;
};

/**
 * Looks whether all objects of a copy are there in their length, and reads some of them whole, chosen at random. What is missing or altered
 * is noted with the writer, which ships it again, and what belongs to nothing is removed. Throws `storage_unavailable`.
 */
export async function checkCopy(
  writer: CopyWriter,
  { sampleBytes, nowMs }: { sampleBytes: number; nowMs: number },
): Promise<CopyCheck> {
  const { stores, copyId } = writer;
  const heads = await readHeads(stores, copyId);
  const [newest, own] = [heads[0]?.head, writer.head];
  const isOthers =
    newest &&
    (!own || newest.serial > own.serial || (newest.serial === own.serial && newest.writtenAtMs !== own.writtenAtMs));
  // Nothing is removed then: what this writer does not name may be all that the other one has.
  if (isOthers) {
    throw new LastgoodError("conflict", "Somebody else writes this second copy: its newest head is not from here.", {
      hint: "Two Lastgoods must not ship to one place: give one of them another LASTGOOD_COPY_PREFIX.",
    });
  }
  const pieces = [writer.whole, writer.partial, writer.growing].flatMap((files) =>
    [...files.values()].flatMap((file) => file.pieces),
  );
  const kept = writer.keptObjects();
  const prefix = filesPrefix(copyId);
  const found = new Map<string, number>();
  const check: CopyCheck = { looked: 0, read: 0, bad: [], removed: 0, notRemoved: null };
  for await (const { key, sizeBytes, modifiedMs } of stores.raw.list(prefix)) {
    const object = key.slice(prefix.length);
    found.set(object, sizeBytes);
    if (kept.has(object) || modifiedMs > nowMs - FORGOTTEN_AFTER_MS || check.notRemoved !== null) continue;
    try {
      await stores.raw.remove(key);
      check.removed += 1;
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      check.notRemoved = `Objects that belong to nothing could not be removed. ${error.message}`;
    }
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
  const catalog = writer.head?.catalog?.object;
  if (heads[0]?.head.serial !== writer.head?.serial) {
    writer.headsDue = 2;
    // Whichever of them cannot be opened: the next head names a list that can.
    if (catalog !== undefined && !heads.some(({ head }) => head.catalog?.object === catalog)) bad.add(catalog);
  }
  if (heads.length < 2 && (writer.head?.serial ?? 0) > 1) writer.headsDue = Math.max(1, writer.headsDue);
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
    if (isLost(error)) return false;
    throw error;
  }
}

/** Without the key that it was sealed with an object is as good as gone. */
const isLost = (error: unknown) =>
  error instanceof LastgoodError && (error.code === "storage_damaged" || error.code === "storage_key_missing");

/**
 * Seals the objects of a copy anew with the current key, for so long; answers whether none is left. What no key opens any more is noted
 * with the writer, which ships it again. `done` gets what need not be looked at another time.
 */
export async function renewSeals(
  writer: CopyWriter,
  { done, forMs, signal }: { done: Set<string>; forMs: number; signal: AbortSignal },
): Promise<boolean> {
  const { stores, copyId } = writer;
  const untilMs = performance.now() + forMs;
  for (const object of writer.objects()) {
    if (done.has(object)) continue;
    if (performance.now() > untilMs) return false;
    signal.throwIfAborted();
    try {
      await stores.renew(objectKey(copyId, object));
    } catch (error) {
      if (!isLost(error)) throw error;
      writer.bad.add(object);
    }
    done.add(object);
  }
  writer.sealedWith = stores.keyId;
  writer.headsDue = 2;
  return true;
}
