import { setTimeout as sleep } from "node:timers/promises";
import type { PlanView } from "../../client/api-types.ts";
import { formatCount } from "../../client/format-count.ts";
import { formatDuration } from "../../client/format-duration.ts";
import type { DatabaseDiff, TableDiff } from "../../domain/diff.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { paint } from "../text/paint.ts";
import { factLines, tableLines } from "../text/table.ts";
import type { Call, FoundDatabase } from "./call.ts";
import { timeWords } from "./moment.ts";

/** How long a plan waits until what would be lost is counted, milliseconds; it is shown as far as it got. */
const COUNTING_MS = 20_000;

/** What differs between two states, as far as it is known within a while. */
export async function countDiff(
  call: Call,
  database: FoundDatabase,
  ends: { from: string; to?: string },
  patienceMs = COUNTING_MS,
): Promise<DatabaseDiff> {
  for (const untilMs = performance.now() + patienceMs; ; ) {
    const diff = await call.api.get<DatabaseDiff>(`${database.route}/diff`, ends);
    if (diff.state === "complete" || performance.now() > untilMs) return diff;
    const { progress } = diff;
    call.output.watch("counting rows", progress && progress.total > 0 ? progress.done / progress.total : null, "");
    await sleep(250);
  }
}

/** What going back to a state would lose; null where the engine or the caller's rights do not tell. */
export async function countLoss(call: Call, database: FoundDatabase, from: string): Promise<DatabaseDiff | null> {
  try {
    return await countDiff(call, database, { from });
  } catch (error) {
    const isUntold = error instanceof LastgoodError && ["not_supported", "forbidden", "not_found"].includes(error.code);
    if (isUntold || (error instanceof LastgoodError && error.code.startsWith("moment_"))) return null;
    throw error;
  }
}

/** A plan in words: where it goes back to, over how much, for how long, and the rows that would be lost. */
export function planLines(
  { plan }: Pick<PlanView, "plan">,
  loss: DatabaseDiff | null,
  { name, zone, what }: { name: string; zone: string; what: string },
): string[] {
  const commits =
    plan.commits === null ? "more commits than the history still has" : formatCount(plan.commits, "commit");
  const isInPlace = plan.way !== "copy";
  return [
    paint("bold", what),
    ...factLines([
      ["to", `${timeWords(plan.to.timeMs, zone)}  ${plan.to.bookmark}`],
      ["now", isInPlace ? `${timeWords(plan.from.timeMs, zone)}  ${plan.from.bookmark}` : null],
      ["undoes", isInPlace ? commits : null],
      ["takes", `about ${formatDuration(plan.estimateMs)}`],
    ]),
    ...(plan.leavesBehind ?? []).map((sentence) => `  ${sentence}`),
    ...(isInPlace ? lossLines(loss, name) : []),
  ];
}

/** Rows that would be lost and come back, table by table. */
function lossLines(loss: DatabaseDiff | null, name: string): string[] {
  if (loss === null) return [`What ${name} has written since is lost; its rows cannot be counted here.`];
  const rows = loss.tables.filter(({ added, removed, changed }) => added + removed + changed > 0);
  if (rows.length === 0 && loss.state === "complete") return ["No row differs between then and now."];
  return [
    ...tableLines(
      [
        { head: "table" },
        { head: "rows lost", align: "right" },
        { head: "change back", align: "right" },
        { head: "come back", align: "right" },
      ],
      rows.map(({ name: table, added, changed, removed }) => [
        table,
        added > 0 ? { text: String(added), as: "bad" } : added,
        changed,
        removed,
      ]),
    ),
    ...(loss.state === "complete" ? [] : ["Still counting: there may be more."]),
    ...uncompared(loss.tables),
  ];
}

export function uncompared(tables: readonly TableDiff[]): string[] {
  return tables
    .filter(({ how }) => how === "not-compared")
    .map(({ name, reason }) => `${name} was not compared${reason === null ? "" : `: ${reason}`}`);
}
