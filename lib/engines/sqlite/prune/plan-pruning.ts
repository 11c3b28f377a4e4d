import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { UNFINISHED } from "../../../storage/durable-file.ts";
import { baseName } from "../history/format.ts";
import type { History } from "../history/open-history.ts";
import { SealedSegment } from "../history/sealed-segment.ts";
import { shareBlocks } from "./advance-base.ts";

/** Dropping segments of this share of the base image is worth a copy of the image. */
const WORTHWHILE_SHARE = 1 / 4;
const DAY_MS = 86_400_000;
/** An image up to this size is copied every day if there is anything to drop. */
const SMALL_IMAGE_BYTES = 1024 * 1024 * 1024;
const LARGE_IMAGE_EVERY_MS = 7 * DAY_MS;

/** What pruning would do: drop these segments; the history begins with commit `txid` then. */
export type PruningPlan = { txid: number; dropped: readonly { file: string; sizeBytes: number }[] };

/**
 * What can be dropped so that every state from `keepFromMs` on is kept: all before the newest segment that begins at or before
 * then, if nothing but sealed ones are before it. Null: nothing.
 */
export function planPruning(history: History, keepFromMs: number): PruningPlan | null {
  const segments = history.allSegments();
  let found = 0;
  for (let index = 1; index < segments.length; index++) {
    const [previous, segment] = [segments[index - 1], segments[index]];
    if (!(previous instanceof SealedSegment) || !segment) break;
    const first = history.byTxid(segment.header.firstTxid);
    if (!first || first.timeMs > keepFromMs) break;
    found = index;
  }
  const txid = segments[found]?.header.firstTxid ?? 0;
  return txid > history.oldest().txid ? { txid, dropped: segments.slice(0, found) } : null;
}

/**
 * Whether it is time to prune: the space that comes back is worth writing an image, or the oldest commit left the window a day
 * ago (a week where the image is large and has to be copied). What is older than the window is not answered for,
 * whether its files are there or not.
 */
export function isPruningDue(history: History, keepFromMs: number): boolean {
  const plan = planPruning(history, keepFromMs);
  if (!plan) return false;
  // Its own table of checksums would be read for it whole.
  const image = path.join(history.directory, baseName(history.baseTxid()));
  const imageBytes = disk.statSync(image, { throwIfNoEntry: false })?.size;
  if (imageBytes === undefined) return false;
  const bytes = plan.dropped.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (bytes >= imageBytes * WORTHWHILE_SHARE) return true;
  const overdueMs = keepFromMs - history.oldest().timeMs;
  if (overdueMs < DAY_MS) return false;
  return imageBytes <= SMALL_IMAGE_BYTES || overdueMs >= LARGE_IMAGE_EVERY_MS || canShareBlocks(history.directory);
}

/** Tried with a small file: whether a copy can share its blocks depends on the file system alone. */
function canShareBlocks(directory: string): boolean {
  const [from, to] = ["sharing-from", "sharing-to"].map((name) => path.join(directory, `${name}${UNFINISHED}`));
  if (!from || !to) return false;
  disk.writeFileSync(from, "blocks");
  try {
    return shareBlocks(from, to);
  } finally {
    disk.rmSync(from, { force: true });
    disk.rmSync(to, { force: true });
  }
}
