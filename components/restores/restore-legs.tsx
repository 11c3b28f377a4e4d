import type { RestoreView } from "../../lib/client/api-types.ts";
import { formatNumber } from "../../lib/client/format-count.ts";
import { type RestoreStage, stagesOf } from "../../lib/domain/restore-stages.ts";
import { ProgressBar } from "../ui/progress-bar.tsx";

/** Each stage's name on the bar, and how much of it is its own while nobody knows better. */
const LEGS: Record<RestoreStage, { name: string; weight: number }> = {
  plan: { name: "Plan", weight: 1 },
  keep: { name: "Keep", weight: 1 },
  prepare: { name: "Compute", weight: 4 },
  write: { name: "Write", weight: 5 },
  "hook-before": { name: "Hook", weight: 1.5 },
  apply: { name: "Write", weight: 3 },
  place: { name: "Place", weight: 2 },
  check: { name: "Check", weight: 1.5 },
  "hook-after": { name: "Hook", weight: 1.5 },
  hold: { name: "Hold writes", weight: 2 },
};

/** How far a running restore is, one bar a stage. */
export function RestoreLegs({ restore }: { restore: RestoreView }) {
  const stages = stagesOf(restore);
  const here = restore.stage === null ? -1 : stages.indexOf(restore.stage);
  return (
    <div className="mt-6 flex gap-[3px]">
      {stages.map((stage, index) => {
        const progress = index === here ? restore.progress : null;
        return (
          <div key={stage} style={{ flex: LEGS[stage].weight }} className="min-w-0">
            <ProgressBar
              label={LEGS[stage].name}
              done={index < here ? 1 : (progress?.done ?? 0)}
              total={index < here ? 1 : (progress?.total ?? 1)}
            />
            <small className="mt-1.5 block truncate text-12 text-ink-3">
              <span className={index === here ? "font-[550] text-ink" : undefined}>{LEGS[stage].name}</span>
              {progress && progress.total > 1 && ` ${formatNumber(progress.done)} of ${formatNumber(progress.total)}`}
            </small>
          </div>
        );
      })}
    </div>
  );
}
