import type { DrillPlanView } from "../../client/drill-types.ts";
import type { DrillPlanDraft } from "../../domain/drill.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { perform } from "../perform.ts";
import { toDrillPlanView } from "./to-drill-view.ts";

/**
 * Sets when a database is drilled by itself, and what has to hold then.
 * @param version of the plan as it was read, 0 where there was none; another one by now is `conflict`
 */
export function setDrillPlan(
  ctx: CallContext,
  { namespace, database, plan, version }: OfDatabase & { plan: DrillPlanDraft; version: number },
): Promise<DrillPlanView> {
  return perform(ctx, "drill.change", { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, database);
    const before = await db.drillPlan.findUnique({ where: { databaseId: row.id } });
    note({ kind: "database", id: row.id }, { name: row.name, after: { ...plan, assertions: plan.assertions.length } });
    if ((before?.version ?? 0) !== version) {
      throw new LastgoodError("conflict", "The plan of drills was changed meanwhile.", {
        hint: "Load it again; nothing was saved.",
      });
    }
    const nowMs = Date.now();
    const isTimedAnew =
      !before || before.cron !== plan.cron || before.zone !== plan.zone || before.active !== plan.active;
    const data = {
      ...plan,
      aims: JSON.stringify(plan.aims),
      assertions: JSON.stringify(plan.assertions),
      version: version + 1,
      decidedToMs: isTimedAnew ? BigInt(nowMs) : before.decidedToMs,
      updatedAtMs: BigInt(nowMs),
      updatedBy: principal.name,
    };
    const saved = await db.drillPlan.upsert({
      where: { databaseId: row.id },
      create: { ...data, databaseId: row.id },
      update: data,
    });
    return toDrillPlanView(saved, nowMs);
  });
}
