import type { DrillView } from "../../client/drill-types.ts";
import { metadata } from "../../db/client.ts";
import { DRILL_AIMS, type DrillAim, type DrillAssertion } from "../../domain/drill.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireProtected } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { isDrilled, queueDrill } from "./queue-drill.ts";
import { toDrillViews } from "./to-drill-view.ts";

export type CreateDrillInput = OfDatabase & {
  /** Left out: as the database's plan has it, else both. */
  aims?: readonly DrillAim[] | undefined;
};

/**
 * Has a database restored into a throwaway now, with the assertions of its plan. Throws `not_protected` while there is nothing to
 * restore, `conflict` while another drill of it has not ended.
 */
export async function createDrill(
  ctx: CallContext,
  { namespace, database, aims }: CreateDrillInput,
): Promise<DrillView> {
  const { drillId, owner } = await perform(ctx, "drill.run", { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, database);
    const plan = await db.drillPlan.findUnique({ where: { databaseId: row.id } });
    requireProtected(row);
    if (await isDrilled(db, row.id)) throw alreadyDrilled(row.name);
    const asked = aims ?? (plan ? (JSON.parse(plan.aims) as DrillAim[]) : DRILL_AIMS);
    const drillId = await queueDrill(db, {
      database: row,
      trigger: "manual",
      aims: asked,
      assertions: plan ? (JSON.parse(plan.assertions) as DrillAssertion[]) : [],
      createdBy: principal.userId,
      createdByName: principal.name,
    });
    note({ kind: "drill", id: drillId }, { databaseId: row.id, aims: asked });
    return { drillId, owner: { agentId: row.agentId } };
  });
  await wakeAgent(owner);
  return readDrill(drillId);
}

/** One drill as it stands, for whoever was authorised already. */
export async function readDrill(drillId: string): Promise<DrillView> {
  const row = await metadata().drill.findUniqueOrThrow({ where: { id: drillId } });
  const [view] = await toDrillViews(metadata(), [row]);
  if (!view) throw new Error("a row has a view");
  return view;
}

function alreadyDrilled(name: string): LastgoodError {
  return new LastgoodError("conflict", `A drill of ${name} has not ended yet.`, {
    hint: "Wait until it has, or cancel it.",
  });
}
