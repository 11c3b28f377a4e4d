import type { DrillsView, DrillView } from "../../client/drill-types.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { perform } from "../perform.ts";
import { findDrill } from "./find-drill.ts";
import { findProven, toDrillPlanView, toDrillViews } from "./to-drill-view.ts";

export const DRILLS_A_PAGE = 50;

/**
 * The drills of a database, newest first, with its plan and the newest proof.
 * @param after the id of the last one before these
 */
export function listDrills(
  ctx: CallContext,
  {
    namespace,
    database,
    after,
    limit = DRILLS_A_PAGE,
  }: OfDatabase & { after?: string | undefined; limit?: number | undefined },
): Promise<DrillsView> {
  return perform(ctx, "drill.list", { namespace }, async ({ db, principal }) => {
    const row = await findDatabase(db, principal, database);
    const last = after === undefined ? null : await findDrill(db, row, after);
    const rows = await db.drill.findMany({
      where: {
        databaseId: row.id,
        ...(last && {
          OR: [{ createdAtMs: { lt: last.createdAtMs } }, { createdAtMs: last.createdAtMs, id: { lt: last.id } }],
        }),
      },
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      take: limit + 1,
    });
    const page = rows.slice(0, limit);
    const plan = await db.drillPlan.findUnique({ where: { databaseId: row.id } });
    return {
      drills: await toDrillViews(db, page),
      next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
      plan: plan && toDrillPlanView(plan, Date.now()),
      proven: (await findProven(db, [row.id])).get(row.id) ?? null,
    };
  });
}

/** One drill of a database. */
export function getDrill(
  ctx: CallContext,
  { namespace, database, drill }: OfDatabase & { drill: string },
): Promise<DrillView> {
  return perform(ctx, "drill.list", { namespace }, async ({ db, principal }) => {
    const row = await findDrill(db, await findDatabase(db, principal, database), drill);
    const [view] = await toDrillViews(db, [row]);
    if (!view) throw new Error("a row has a view");
    return view;
  });
}
