import type { DrillView } from "../../lib/client/drill-types.ts";
import type { DrillAim, DrilledMoment } from "../../lib/domain/drill.ts";

export const AIM_WORDS: Record<DrillAim, string> = { latest: "the newest moment", random: "a random moment" };

/** What is being done, for the progress line. */
export function drillStageWords(stage: string | null): string {
  if (stage === "write" || stage === "prepare") return "Restoring into a throwaway";
  return stage === "check" ? "Checking it" : "Beginning";
}

/** How a drill stands, as a chip says it. */
export function drillStanding({ status }: Pick<DrillView, "status">): {
  words: string;
  tone: "ok" | "danger" | "gap" | "accent";
} {
  switch (status) {
    case "passed":
      return { words: "passed", tone: "ok" };
    case "failed":
      return { words: "failed", tone: "danger" };
    case "cancelled":
      return { words: "cancelled", tone: "gap" };
    case "skipped":
      return { words: "skipped", tone: "gap" };
    default:
      return { words: status, tone: "accent" };
  }
}

/** What a moment's drill counted, in a few words. */
export function countWords(moment: DrilledMoment): string {
  if (moment.error !== null) return "";
  const rows = moment.tables.reduce((sum, table) => sum + table.rows, 0);
  const number = new Intl.NumberFormat("en").format(rows);
  return `${number} ${rows === 1 ? "row" : "rows"} in ${moment.tables.length} ${moment.tables.length === 1 ? "table" : "tables"}`;
}
