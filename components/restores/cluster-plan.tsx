import { Info } from "lucide-react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import type { RestorePlan } from "../../lib/domain/restore.ts";
import { BookmarkText } from "../recovery/bookmark-text.tsx";
import { Note } from "../ui/note.tsx";
import { PlanStep } from "./plan-step.tsx";
import { wayBack } from "./restore-words.ts";

type Planned = { database: Pick<DatabaseView, "name">; plan: RestorePlan };

/** What happens to a cluster, in words and in order. */
export function ClusterPlanSteps({ database: { name }, plan }: Planned) {
  const isSwap = plan.way === "swap";
  return (
    <ol className="grid gap-1.5 text-14">
      {isSwap ? (
        <>
          <PlanStep number={1}>
            That moment is recovered beside {name}, from a base backup and the log, and checked: about{" "}
            {formatDuration(plan.estimateMs)}. Meanwhile {name} serves on, and what it commits is kept.
          </PlanStep>
          <PlanStep number={2}>
            Then it takes the place of the present state. Connections are cut for about a second, and open again with
            the <strong>same connection string</strong> and the passwords of today.
          </PlanStep>
        </>
      ) : (
        <>
          <PlanStep number={1}>
            That moment is recovered beside {name}, from a base backup and the log. Meanwhile {name} serves on, and what
            it commits is kept.
          </PlanStep>
          <PlanStep number={2}>
            Then everything in its database is replaced within <strong>one transaction</strong> of the server, and each
            row compared before it is committed. Whoever reads or writes there waits for it. All in all that takes about{" "}
            {formatDuration(plan.estimateMs)}.
          </PlanStep>
        </>
      )}
      <PlanStep number={3}>
        All of {name} is back by <strong>{wayBack(plan)}</strong>.
      </PlanStep>
      <PlanStep number={4}>
        The state just before is kept. Right now that is <BookmarkText bookmark={plan.from.bookmark} copyable={false} />
        . <strong>Undo</strong> brings it back{isSwap ? " within a second" : " in the same way"}. No history is deleted.
      </PlanStep>
    </ol>
  );
}

/** What a restore of a cluster does not bring along. */
export function LeftBehind({ plan }: Pick<Planned, "plan">) {
  const left = plan.leavesBehind ?? [];
  if (left.length === 0) return null;
  return (
    <Note
      tone="warn"
      className="mt-4"
      icon={<Info size={16} strokeWidth={1.6} aria-hidden />}
      title={plan.way === "transfer" ? "What stays as it is, or has to begin anew." : "What it does not bring along."}
    >
      <ul className="mt-1 grid list-disc gap-0.5 pl-4">
        {left.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </Note>
  );
}
