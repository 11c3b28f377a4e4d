import path from "node:path";
import type { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { historyDamaged, parseName, segmentName } from "./format.ts";
import { OpenSegment } from "./open-segment.ts";
import { SealedSegment } from "./sealed-segment.ts";
import type { Segment } from "./segment.ts";

/** The segments and base images of a directory. `bases` are the txids of the images, ascending. */
export type SegmentList = { segments: (OpenSegment | SealedSegment)[]; bases: number[] };

const isGone = (error: unknown) => error instanceof Error && "code" in error && error.code === "ENOENT";

/**
 * Opens the segments of a directory, oldest first, each following the one before it; those of `known` that are still
 * there are kept and the others closed. Another process may seal or prune meanwhile: then it looks again.
 */
export function listSegments(directory: string, known: readonly (OpenSegment | SealedSegment)[]): SegmentList {
  const knownByFile = new Map(known.map((segment) => [segment.file, segment]));
  for (let attempt = 0; ; attempt++) {
    const fresh: (OpenSegment | SealedSegment)[] = [];
    try {
      const { files, bases } = namesIn(directory);
      const segments = [];
      for (const file of files) {
        const old = knownByFile.get(file);
        const segment = old ?? openSegment(file);
        if (!segment) continue;
        segments.push(segment);
        if (!old) fresh.push(segment);
        if (segment instanceof OpenSegment) segment.refresh();
      }
      checkOrder(segments);
      const kept = new Set(segments);
      closeAll(known.filter((segment) => !kept.has(segment)));
      return { segments, bases };
    } catch (error) {
      closeAll(fresh);
      const mayPass = isGone(error) || error instanceof OutOfOrder;
      if (attempt < 3 && mayPass) continue;
      throw error instanceof OutOfOrder ? error.damage : error;
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

function namesIn(directory: string): { files: string[]; bases: number[] } {
  const kinds = new Map<number, "open" | "sealed">();
  const bases: number[] = [];
  for (const name of disk.readdirSync(directory)) {
    const parsed = parseName(name);
    if (!parsed) continue;
    if (parsed.what === "base") bases.push(parsed.txid);
    else if (parsed.what === "sealed" || !kinds.has(parsed.txid)) kinds.set(parsed.txid, parsed.what);
  }
  const files = [...kinds]
    .sort(([a], [b]) => a - b)
    .map(([txid, kind]) => path.join(directory, segmentName(txid, kind)));
  return { files, bases: bases.sort((a, b) => a - b) };
}

function openSegment(file: string): OpenSegment | SealedSegment | null {
  return file.endsWith(".open") ? OpenSegment.open(file) : new SealedSegment(file);
}

/** Two segments that do not follow each other: while another process seals or prunes, a listing can miss one. */
class OutOfOrder extends Error {
  readonly damage: LastgoodError;
  constructor(damage: LastgoodError) {
    super(damage.message);
    this.damage = damage;
  }
}

function checkOrder(segments: readonly Segment[]): void {
  segments.forEach((segment, index) => {
    const before = segments[index - 1];
    if (!before) return;
    const next = before.header.firstTxid + before.commits;
    const follows =
      segment.header.firstTxid === next &&
      segment.header.chainBefore === before.chainAfter &&
      segment.header.pageSize === before.header.pageSize &&
      segment.header.historyId.equals(before.header.historyId);
    if (follows) return;
    const cause = `${path.basename(segment.file)} does not follow this one`;
    const { firstTxid } = segment.header;
    throw new OutOfOrder(historyDamaged(before.file, cause, Math.min(next, firstTxid), Math.max(next, firstTxid)));
  });
}
