import type { AlarmFact } from "../../../domain/alarm.ts";
import { type DiskLevel, type DiskState, forecastDisk, STEP_WORDS, stepsDue } from "../../../domain/disk-budget.ts";
import { readDiskState } from "../../disk-budget/note-state.ts";
import type { FactSource } from "./fact-source.ts";

/** Each further level is an alarm of its own, so that it is told; those before it stand until there is room again. */
const LEVELS: readonly Exclude<DiskLevel, "fine">[] = ["warning", "giving-way", "stopped"];
/** So far below the warning it is over: what hovers around a limit is not told again and again. */
const OVER_BELOW = 0.77;

/** The agent's disk is running short, and what gives way for that; told to each namespace that has something there. */
export const diskBudget: FactSource = {
  kinds: ["disk_budget"],
  async find({ db, agentId }) {
    const state = await readDiskState(agentId);
    if (!state) return [];
    const at = LEVELS.indexOf(state.judgement.level as (typeof LEVELS)[number]);
    if (at < 0 && state.judgement.share < OVER_BELOW) return [];
    const namespaces = await db.database.findMany({
      where: { agentId, deletedAtMs: null },
      distinct: ["namespaceId"],
      select: { namespaceId: true },
      orderBy: { namespaceId: "asc" },
    });
    return namespaces.flatMap(({ namespaceId }) =>
      LEVELS.slice(0, Math.max(0, at) + 1).map((level, index) => ({
        ...wordsOf(state),
        kind: "disk_budget" as const,
        subject: { agentId, namespaceId },
        cause: level,
        ...(index !== at && { keepsOnly: true }),
      })),
    );
  },
};

function wordsOf(state: DiskState): Pick<AlarmFact, "sinceMs" | "text" | "remedy" | "figures"> {
  const { judgement, figures, samples, measuredAtMs, sinceMs } = state;
  const { share, limitBytes, boundBy, level } = judgement;
  const now = { atMs: measuredAtMs, countedBytes: figures.countedBytes };
  const { bytesPerDay, daysLeft } = forecastDisk(samples, now, limitBytes);
  const due = stepsDue(level === "stopped" ? Math.max(1, share) : share);
  const of = boundBy === "budget" ? "its disk budget" : "what the disk has above its floor";
  const gives =
    level === "stopped" ? " Capture has stopped, so that applications can go on writing." : wordsOfSteps(due);
  return {
    sinceMs,
    text: `Lastgood has taken ${Math.round(share * 100)} % of ${of}, ${gigabytes(figures.countedBytes)} of ${gigabytes(limitBytes)}.${gives}`,
    remedy:
      "Make room on the agent's disk, or give it a larger budget on the page Storage, which also shows what gives way next.",
    figures: {
      level,
      bound_by: boundBy,
      counted_bytes: figures.countedBytes,
      limit_bytes: limitBytes,
      free_bytes: figures.freeBytes,
      bytes_per_day: bytesPerDay,
      days_left: daysLeft,
    },
  };
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

function wordsOfSteps(due: ReturnType<typeof stepsDue>): string {
  if (due.length === 0) return " Nothing gives way yet.";
  return ` What gives way: ${due.map((step) => STEP_WORDS[step].what.toLowerCase()).join(", ")}.`;
}
