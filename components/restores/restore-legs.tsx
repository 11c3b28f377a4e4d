import type { RestoreView } from "../../lib/client/api-types.ts";
import type { RestoreStage } from "../../lib/domain/restore-stages.ts";
import { joinClasses } from "../ui/join-classes.ts";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { progressWords } from "./restore-words.ts";
import { type StageTime, stageTimes } from "./stage-times.ts";

const NAMES: Record<RestoreStage, string> = {
  plan: "Plan",
  fetch: "Fetch",
  inspect: "Inspect",
  keep: "Keep",
  prepare: "Compute",
  write: "Write",
  "hook-before": "Hook",
  apply: "Swap",
  place: "Place",
  check: "Check",
  "hook-after": "Hook",
  hold: "Writes held",
};
/** However short a stage is, its name is to be read. */
const LEAST_SHARE = 0.07;
/** While these last, others wait or are turned away. */
const AWAY: readonly RestoreStage[] = ["apply", "hold"];

/** How far a running restore is: a bar a stage, as long as the stage takes. */
export function RestoreLegs({ restore, nowMs }: { restore: RestoreView; nowMs: number }) {
  const times = stageTimes(restore, nowMs);
  const wholeMs = Math.max(
    1,
    times.reduce((sum, time) => sum + lengthOf(time), 0),
  );
  return (
    <div className="mt-6 flex gap-[3px]">
      {times.map((time) => {
        const { stage, state, spentMs, totalMs } = time;
        const progress = state === "running" ? restore.progress : null;
        const share = state === "done" ? 1 : state === "to do" ? 0 : shareOf(restore, spentMs, totalMs);
        return (
          <div key={stage} style={{ flex: Math.max(LEAST_SHARE, lengthOf(time) / wholeMs) }} className="min-w-0">
            <ProgressBar
              label={NAMES[stage]}
              done={share}
              total={1}
              className={joinClasses(
                AWAY.includes(stage) && state === "to do" && "bg-warn-soft shadow-[inset_0_0_0_1px_var(--warn-line)]",
              )}
            />
            <small className="mt-1.5 block truncate text-12 text-ink-3">
              <span className={state === "running" ? "font-[550] text-ink" : undefined}>{NAMES[stage]}</span>
              {progress && progress.total > 1 && ` ${progressWords(stage, progress)}`}
            </small>
          </div>
        );
      })}
    </div>
  );
}

function lengthOf({ spentMs, totalMs }: StageTime): number {
  return Math.max(totalMs ?? 0, spentMs ?? 0);
}

/** Of the stage that runs: as it reports, else by its time, and never quite whole. */
function shareOf({ progress }: RestoreView, spentMs: number | null, totalMs: number | null): number {
  if (progress && progress.total > 1) return progress.done / progress.total;
  return totalMs ? Math.min(0.95, (spentMs ?? 0) / totalMs) : 0;
}
