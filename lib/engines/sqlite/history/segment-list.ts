import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { parseName, segmentName } from "./format.ts";
import type { AnySegment } from "./history-steps.ts";
import type { Hole } from "./holes.ts";
import { OpenSegment } from "./open-segment.ts";
import { SealedSegment } from "./sealed-segment.ts";
import type { Segment } from "./segment.ts";

/** The segments and base images of a directory, and what is missing. `bases` are the txids of the images, ascending. */
export type SegmentList = { segments: AnySegment[]; bases: number[]; holes: Hole[] };

const TRIES = 4;
const isGone = (error: unknown) => error instanceof Error && "code" in error && error.code === "ENOENT";

/**
 * Opens the segments of a directory, oldest first, those that follow each other and the holes between them; segments of
 * `known` that are still there are kept and the others closed. Another process may seal or prune meanwhile: then it looks
 * again. Throws `history_damaged` only for a file of a newer version.
 */
export function listSegments(directory: string, known: readonly AnySegment[]): SegmentList {
  const knownByFile = new Map(known.map((segment) => [segment.file, segment]));
  for (let attempt = 1; ; attempt++) {
    const fresh: AnySegment[] = [];
    try {
      const { files, bases } = namesIn(directory);
      const { segments, holes } = inOrder(openAll(files, knownByFile, fresh));
      if (holes.length === 0 || attempt === TRIES) {
        const kept = new Set(segments);
        closeAll([...known, ...fresh].filter((segment) => !kept.has(segment)));
        return { segments, bases, holes };
      }
      closeAll(fresh);
    } catch (error) {
      closeAll(fresh);
      if (attempt === TRIES || !isGone(error)) throw error;
    }
  }
}

/** Closes all of them, also when one cannot be closed; then throws what that one threw. */
export function closeAll(segments: readonly Segment[]): void {
  const [first, ...rest] = segments;
  if (!first) return;
  try {
    first.close();
  } finally {
    closeAll(rest);
  }
}

/** Time of the first commit of the oldest sealed segment; null when there is none, or it is damaged. */
export function oldestSealedTimeMs(directory: string): number | null {
  try {
    const oldest = namesIn(directory)
      .files.flatMap(({ files }) => files)
      .find((file) => file.endsWith(".sealed"));
    return oldest ? new SealedSegment(oldest).trailer.firstTimeMs : null;
  } catch (error) {
    // Whoever reads the history is told of damage; here it only decides when a segment is old enough.
    if (!isDamage(error) && !isGone(error)) throw error;
    return null;
  }
}

/** `files`: the sealed one first where both are there, as after a crash in between. */
type Named = { txid: number; files: string[] };
/** A file that its name says to begin with commit `txid`; `cause`: why it, or what lies behind its commits, is unreadable. */
type Found = { txid: number; file: string; segment: AnySegment | null; cause: string | null };

function namesIn(directory: string): { files: Named[]; bases: number[] } {
  const kinds = new Map<number, ("open" | "sealed")[]>();
  const bases: number[] = [];
  for (const name of disk.readdirSync(directory)) {
    const parsed = parseName(name);
    if (!parsed) continue;
    if (parsed.what === "base") bases.push(parsed.txid);
    else kinds.set(parsed.txid, [...(kinds.get(parsed.txid) ?? []), parsed.what]);
  }
  const files = [...kinds]
    .sort(([a], [b]) => a - b)
    .map(([txid, both]) => ({
      txid,
      files: both
        .sort()
        .reverse()
        .map((kind) => path.join(directory, segmentName(txid, kind))),
    }));
  return { files, bases: bases.sort((a, b) => a - b) };
}

function openAll(names: readonly Named[], known: ReadonlyMap<string, AnySegment>, fresh: AnySegment[]): Found[] {
  return names.map(({ txid, files }) => {
    const tried: Found[] = [];
    for (const file of files) {
      const found = openOne(txid, file, known.get(file), fresh);
      if (found.cause === null) return found;
      tried.push(found);
    }
    return tried[0] as Found;
  });
}

function openOne(txid: number, file: string, known: AnySegment | undefined, fresh: AnySegment[]): Found {
  let segment = known instanceof OpenSegment && known.isReplaced ? null : (known ?? null);
  try {
    if (!segment) {
      segment = file.endsWith(".open") ? OpenSegment.open(file) : new SealedSegment(file);
      fresh.push(segment);
    }
    const isItself = segment.header.firstTxid === txid;
    if (!isItself) return { txid, file, segment: null, cause: "it holds other commits than its name says" };
    if (segment instanceof OpenSegment) segment.refresh();
    return { txid, file, segment, cause: null };
  } catch (error) {
    if (!isDamage(error)) throw error;
    // What an open segment yielded before its damage stays.
    return { txid, file, segment, cause: String(error.details.cause) };
  }
}

/** Not so files that a newer version wrote: taken for damaged, their commits would be given up. */
function isDamage(error: unknown): error is LastgoodError {
  return error instanceof LastgoodError && error.code === "history_damaged" && error.details.cause !== undefined;
}

/** The segments that belong together, and where they do not follow each other. */
function inOrder(all: readonly Found[]): { segments: AnySegment[]; holes: Hole[] } {
  const own = ownIdentity(all);
  const segments: AnySegment[] = [];
  const holes: Hole[] = [];
  for (const [index, found] of all.entries()) {
    const next = all[index + 1];
    const { segment, cause } = asOwn(found, own, next);
    const before = segments.at(-1);
    if (segment) {
      if (before && isBroken(before, segment)) holes.push(breakAt(before, segment));
      segments.push(segment);
    }
    const fromTxid = found.txid + (segment?.commits ?? 0);
    if (next && next.txid <= fromTxid) continue;
    const toTxid = next ? next.txid - 1 : null;
    const { file } = found;
    if (cause !== null) holes.push({ kind: "damaged", fromTxid, toTxid, file, cause });
    else if (next) holes.push({ kind: "missing", fromTxid, toTxid, file, cause: "the commits behind it are missing" });
  }
  return { segments, holes };
}

function asOwn(found: Found, own: string | null, next: Found | undefined): Pick<Found, "segment" | "cause"> {
  const { segment, cause } = found;
  if (!segment) return { segment, cause };
  if (identity(segment) !== own) return { segment: null, cause: "it belongs to another history" };
  const overlaps = next?.segment && identity(next.segment) === own && found.txid + segment.commits > next.txid;
  return overlaps ? { segment: null, cause: "it goes on beyond the begin of the next one" } : { segment, cause };
}

/** Numbers go on, but the chain does not: each is sound, and no step leads from one to the other. */
function isBroken(before: AnySegment, after: AnySegment): boolean {
  const follows = before.header.firstTxid + before.commits === after.header.firstTxid;
  return follows && after.header.chainBefore !== before.chainAfter;
}

function breakAt(before: AnySegment, after: AnySegment): Hole {
  const { firstTxid } = after.header;
  const cause = `it does not follow ${path.basename(before.file)}`;
  return { fromTxid: firstTxid, toTxid: firstTxid, file: after.file, cause, kind: "break" };
}

const identity = ({ header }: AnySegment) => `${header.historyId.toString("hex")} ${header.pageSize}`;

/** What most of the segments belong to; of as many, those with the newer ones. */
function ownIdentity(found: readonly Found[]): string | null {
  const counts = new Map<string, number>();
  for (const { segment } of found) {
    if (segment) counts.set(identity(segment), (counts.get(identity(segment)) ?? 0) + 1);
  }
  let best: [string, number] | null = null;
  for (const each of counts) if (!best || each[1] >= best[1]) best = each;
  return best?.[0] ?? null;
}
