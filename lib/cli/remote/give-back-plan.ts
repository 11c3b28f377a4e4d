import { formatCount } from "../../client/format-count.ts";
import { formatDuration } from "../../client/format-duration.ts";
import { CONFLICT_KINDS, type GiveBackPlan, type OnConflict } from "../../domain/give-back.ts";
import { cleanText } from "../text/clean-text.ts";
import { paint } from "../text/paint.ts";
import { factLines, tableLines } from "../text/table.ts";
import { timeWords } from "./moment.ts";

/** What giving rows back would do, in words. */
export function giveBackLines(plan: GiveBackPlan, zone: string): string[] {
  const right = { align: "right" } as const;
  return [
    ...factLines([
      ["rows of", `${timeWords(plan.from.timeMs, zone)}  ${plan.from.bookmark}`],
      ["writes", formatCount(plan.rows, "row")],
      ["takes", `about ${formatDuration(plan.estimateMs)}`],
    ]),
    ...tableLines(
      [
        { head: "table" },
        { head: "put in", ...right },
        { head: "set back", ...right },
        { head: "taken away", ...right },
        { head: "as it was", ...right },
        { head: "in conflict", ...right },
      ],
      plan.tables.map((table) => [
        table.name,
        table.inserted,
        table.setBack,
        table.removed,
        table.unchanged,
        table.inConflict > 0 ? { text: String(table.inConflict), as: "warning" } : table.inConflict,
      ]),
    ),
    ...plan.conflicts.map(({ table, words, rows }) =>
      paint("warning", cleanText(`${table}, ${formatCount(rows, "row")}: ${words}`)),
    ),
    ...plan.notices.map(({ words }) => cleanText(words)),
    ...plan.missingParents.map(({ table, rows }) =>
      cleanText(`${formatCount(rows, "row")} of ${table} would come along with --with-parents`),
    ),
  ];
}

/** Every kind of conflict left out. */
export function skipping(): OnConflict {
  return Object.fromEntries(CONFLICT_KINDS.map((kind) => [kind, "skip"]));
}
