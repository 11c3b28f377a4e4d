import type { RestoreView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { formatClock, formatDay, formatZone, isSameDay } from "../../lib/client/format-time.ts";
import { isTransfer, restoreLength } from "./restore-words.ts";

/** What a completed restore did: the line above, the answer, and what it took. */
export function doneWords(
  restore: RestoreView,
  zone: string,
  nowMs: number,
): { question: string; answer: string; lede: string } {
  const { target, databaseName, copy, preview, source, secondCopy } = restore;
  const reached = restore.reached ?? restore.to;
  const clock = `${formatClock(reached.timeMs, zone, "millisecond")} ${formatZone(zone)}`;
  const day = isSameDay(reached.timeMs, nowMs, zone) ? "" : `${formatDay(reached.timeMs, zone, nowMs)}, `;
  const length = restoreLength(restore);
  const took = length === null ? "" : `It took ${formatDuration(length)}. `;
  const isUndo = source === "undo";
  if (target === "rows") {
    const rows = restore.rows?.rows;
    const count = rows === undefined ? "The rows" : formatCount(rows, "row");
    return {
      question: isUndo ? "Undone and checked" : "Given back and checked",
      answer: isUndo
        ? `${count} of ${databaseName} ${rows === 1 ? "is" : "are"} as before.`
        : `${count} ${rows === 1 ? "is" : "are"} back in ${databaseName}.`,
      lede: `${took}They were written as one transaction; everything else stayed as it was.`,
    };
  }
  if (target === "new_preview" || target === "new_database") {
    if (secondCopy) {
      return {
        question: "Brought back and checked",
        answer: `${copy?.name ?? "The database"} is back.`,
        lede: `${took}It holds the state of ${day}${clock}, out of its second copy, which stays in the bucket.`,
      };
    }
    const what = target === "new_preview" ? "The preview" : "The database";
    return {
      question: target === "new_preview" ? "Preview made and checked" : "Database made and checked",
      answer: `${what} ${copy?.name ?? ""} is there.`,
      lede: `${took}It holds ${databaseName} as of ${day}${clock}. ${databaseName} itself was not touched.`,
    };
  }
  if (target === "preview") {
    return {
      question: "Preview overwritten and checked",
      answer: `${copy?.name ?? "The preview"} is at ${day}${clock}.`,
      lede: `${took}${databaseName} itself was not touched.`,
    };
  }
  const pages =
    restore.restoreBookmark === null ? "Nothing had to change: it was in that state already." : writtenWords(restore);
  if (target === "cutover" && !isUndo) {
    return {
      question: "Cut over and checked",
      answer: `${databaseName} is what ${preview?.name ?? "the preview"} was.`,
      lede: `${took}${pages}`,
    };
  }
  return {
    question: isUndo ? "Undone and checked" : "Restored and checked",
    answer: `${databaseName} is back at ${day}${clock}.`,
    lede: `${took}${pages}`,
  };
}

function writtenWords(restore: RestoreView): string {
  const { engine, pages } = restore;
  if (isTransfer(restore)) return "It was written as one transaction, each row compared before it was committed.";
  if (engine === "postgres")
    return "It was recovered beside the cluster, checked and swapped in; its connection string is the same.";
  return pages === null ? "" : `${formatCount(pages, "page")} were written as one commit.`;
}
