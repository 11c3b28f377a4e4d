import type { RestoreView } from "../../lib/client/api-types.ts";
import { formatNumber } from "../../lib/client/format-count.ts";
import { RESTORE_STAGES } from "../../lib/domain/restore.ts";
import { ProgressBar } from "../ui/progress-bar.tsx";

const WEIGHTS = { plan: 1, keep: 1, prepare: 4, apply: 3, check: 1.5 } as const;
const NAMES = { plan: "Plan", keep: "Keep", prepare: "Compute", apply: "Write", check: "Check" } as const;

/** How far a running restore is, one bar a stage. */
export function RestoreLegs({ restore }: { restore: RestoreView }) {
  const here = restore.stage === null ? -1 : RESTORE_STAGES.indexOf(restore.stage);
  return (
    <div className="mt-6 flex gap-[3px]">
      {RESTORE_STAGES.map((stage, index) => {
        const progress = index === here ? restore.progress : null;
        return (
          <div key={stage} style={{ flex: WEIGHTS[stage] }} className="min-w-0">
            <ProgressBar
              label={NAMES[stage]}
              done={index < here ? 1 : (progress?.done ?? 0)}
              total={index < here ? 1 : (progress?.total ?? 1)}
            />
            <small className="mt-1.5 block truncate text-12 text-ink-3">
              <span className={index === here ? "font-[550] text-ink" : undefined}>{NAMES[stage]}</span>
              {progress && progress.total > 1 && ` ${formatNumber(progress.done)} of ${formatNumber(progress.total)}`}
            </small>
          </div>
        );
      })}
    </div>
  );
}
