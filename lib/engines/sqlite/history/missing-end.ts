import type { AnySegment } from "./history-steps.ts";
import { OpenSegment } from "./open-segment.ts";
import type { PageChecksums } from "./page-checksums.ts";

/**
 * Whether a history ends before what it had reached when its mirror's checksums were written: what a block-wise cut leaves
 * is whole by itself. `txid`: the commit it had reached. Null: nothing is known to be missing.
 */
export function missingEnd(segments: readonly AnySegment[], mirror: PageChecksums | null): { txid: number } | null {
  const last = segments.at(-1);
  if (!mirror || !last) return null;
  const { txid, chain } = mirror;
  if (txid >= last.header.firstTxid + last.commits) return { txid };
  // A sealed segment is complete or damaged, and earlier ones are complete when later ones follow. The one before the last
  // ended with its last commit, so what was known behind that is `chainBefore` or stands in the last one.
  const isWithin = txid >= last.header.firstTxid - 1 && last instanceof OpenSegment;
  return isWithin && chain !== 0 && !last.hasChain(chain) ? { txid } : null;
}
