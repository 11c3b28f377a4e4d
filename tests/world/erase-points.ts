import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { openHistory } from "../../lib/engines/sqlite/history/open-history.ts";
import { SealedSegment } from "../../lib/engines/sqlite/history/sealed-segment.ts";

/** Where an erasure may die; see tests/integration/sqlite/erase.test.ts. */
export const ERASE_POINTS = [
  "erase.base-published",
  "erase.segment-removed",
  "erase.images-removed",
  "erase.segment-written",
  "erase.segment-published",
  "erase.segment-replaced",
] as const;

/** The files of a history that hold some bytes, as they are or in what they hold compressed. */
export function filesWith(directory: string, needle: Buffer): string[] {
  const found = new Set<string>();
  for (const name of readdirSync(directory, { recursive: true }).map(String)) {
    const file = path.join(directory, name);
    if (existsSync(file) && isFile(file) && readFileSync(file).includes(needle)) found.add(name);
  }
  const history = openHistory(directory);
  for (const segment of history.allSegments()) {
    if (segment instanceof SealedSegment && segmentHolds(segment, needle)) found.add(path.basename(segment.file));
  }
  history.close();
  return [...found].sort();
}

function segmentHolds(segment: SealedSegment, needle: Buffer): boolean {
  for (let block = 0; block < segment.blockCount; block++) if (segment.readBlock(block).includes(needle)) return true;
  if (!segment.isCombined) return false;
  const { count } = segment.composedBlocks();
  for (let block = 0; block < count; block++) if (segment.composedBlock(block).includes(needle)) return true;
  return false;
}

function isFile(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}
