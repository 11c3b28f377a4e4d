import { formatCount, formatNumber } from "../../lib/client/format-count.ts";
import type { CommitMark } from "../../lib/domain/commit-mark.ts";
import type { Mark } from "./timeline/layout-marks.ts";

/** A commit that stands out, as the timeline draws it: `DELETE 80,346 rows`, in a sentence with its table. */
export function toTimelineMark({ id, kind, timeMs, bookmark, before, words, table, rows, exact }: CommitMark): Mark {
  const gone = rows === null ? null : `${exact ? "" : "about "}${formatCount(rows, "row")}`;
  const isLoss = kind === "delete" || (rows ?? 0) > 0;
  const lost = isLoss && gone !== null ? ` · ${gone}` : "";
  return {
    id,
    kind,
    ms: timeMs,
    bookmark,
    before,
    words,
    sentence: kind === "schema" ? `${words}${lost}` : table === null ? words : `DELETE FROM ${table}${lost}`,
    brief: kind === "delete" && rows !== null ? `${exact ? "" : "about "}${formatNumber(rows)}` : null,
    isLoss,
  };
}
