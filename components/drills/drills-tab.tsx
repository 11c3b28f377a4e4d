"use client";

import { BadgeCheck, CalendarClock } from "lucide-react";
import { useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { DrillPlanView, DrillsView } from "../../lib/client/drill-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { isOpenDrill, useDrills } from "../../lib/client/hooks/use-drills.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { parseCron } from "../../lib/domain/cron-expression.ts";
import { describeSchedule } from "../../lib/domain/schedule-words.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import type { DrillActions } from "./drill-actions.ts";
import { DrillPlanDialog } from "./drill-plan-dialog.tsx";
import { DrillRow } from "./drill-row.tsx";
import { ProofCard } from "./proof-card.tsx";

/** Whether restores of a database work, shown by restoring it: the newest proof, when it is sought, and every drill so far. */
export function DrillsTab({
  database,
  initial,
  actions,
}: {
  database: DatabaseView;
  initial: DrillsView;
  actions: DrillActions;
}) {
  const { namespace } = useViewer();
  const query = useDrills(namespace.slug, database.id, initial);
  const { drills, plan, proven } = query.data ?? initial;
  const [isPlanning, setPlanning] = useState(false);
  const starting = useServerAction(namespace.slug, actions.start);
  const refusal = useRefusal("drill.run");
  const planRefusal = useRefusal("drill.change");
  const last = drills.find(({ status }) => status === "passed" || status === "failed") ?? null;
  const isBusy = starting.isPending || drills.some(isOpenDrill);
  return (
    <div className="max-w-[960px] min-w-0 px-6 pt-5 pb-8 max-wide:p-4">
      <ProofCard
        proven={proven}
        last={last}
        action={
          <Button
            tone={proven === null ? "primary" : "secondary"}
            blockedBy={refusal}
            disabled={isBusy}
            onClick={() => starting.mutate({ namespace: namespace.slug, database: database.id })}
          >
            <BadgeCheck size={14} strokeWidth={1.6} aria-hidden />
            {isBusy ? "Drill is running…" : "Run a drill now"}
          </Button>
        }
      />
      {(starting.error ?? query.error) && (
        <ErrorNote error={starting.error ?? query.error ?? new Error("not read")} className="mt-3" />
      )}
      <section aria-labelledby="plan-title" className="mt-6 border-t border-line pt-4">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <h2 id="plan-title" className="text-14/7 font-semibold">
            By itself
          </h2>
          <Button size="small" blockedBy={planRefusal} onClick={() => setPlanning(true)}>
            <CalendarClock size={14} strokeWidth={1.6} aria-hidden />
            {plan === null ? "Plan drills…" : "Change…"}
          </Button>
        </div>
        <PlanWords plan={plan} />
      </section>
      <section aria-labelledby="drills-title" className="mt-6">
        <h2 id="drills-title" className="mb-1 text-14/7 font-semibold">
          Drills
        </h2>
        {drills.length === 0 ? (
          <p className="text-ink-3">
            None yet. A drill restores a moment into a throwaway, checks every page, counts the rows and removes it
            again; the database itself is not touched.
          </p>
        ) : (
          <ul className="border-t border-line">
            {drills.map((drill) => (
              <DrillRow
                key={drill.id}
                database={database}
                drill={drill}
                isNewest={drill.id === last?.id}
                cancel={actions.cancel}
              />
            ))}
          </ul>
        )}
      </section>
      {isPlanning && (
        <DrillPlanDialog database={database} plan={plan} save={actions.savePlan} onClose={() => setPlanning(false)} />
      )}
    </div>
  );
}

function PlanWords({ plan }: { plan: DrillPlanView | null }) {
  if (plan === null) {
    return (
      <p className="text-ink-2">
        No drill runs by itself. Once a week is a good beginning: a history that nobody has restored is a hope.
      </p>
    );
  }
  const { active, cron, zone, assertions, nextRunMs } = plan;
  const asked = assertions.length === 0 ? "" : `, with ${formatCount(assertions.length, "assertion")} of your own`;
  return (
    <p className="text-ink-2">
      {active ? describeSchedule(parseCron(cron), zone).replace(/\.$/, "") : "Paused"}
      {asked}.{" "}
      {nextRunMs !== null && (
        <>
          Next <MomentText ms={nextRunMs} precision="minute" withZone />.
        </>
      )}
    </p>
  );
}
