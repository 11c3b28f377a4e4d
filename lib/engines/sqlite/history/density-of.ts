import { LastgoodError } from "../../../domain/errors.ts";
import type { DensityBucket } from "../../engine.ts";
import type { History } from "./open-history.ts";

/** Commits and pages from the commit `oldestTxid` on, in so many bars of equal width. Throws `invalid_input` for a range that is none. */
export function densityOf(
  history: Pick<History, "density">,
  oldestTxid: number,
  { fromMs, toMs, buckets }: { fromMs: number; toMs: number; buckets: number },
): DensityBucket[] {
  if (!(toMs > fromMs)) {
    throw new LastgoodError("invalid_input", "The range ends before it begins.", {
      field: "to",
      hint: "Swap its ends.",
    });
  }
  const width = (toMs - fromMs) / buckets;
  return history
    .density(fromMs, toMs, buckets, oldestTxid)
    .map((bar, i) => ({ ...bar, fromMs: fromMs + i * width, toMs: fromMs + (i + 1) * width }));
}
