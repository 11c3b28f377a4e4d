import type { DrillsView, DrillView } from "../../client/drill-types.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { findDrill } from "./find-drill.ts";
import { findProven, toDrillPlanView, toDrillViews } from "./to-drill-view.ts";

export const DRILLS_A_PAGE = 50;

/**
 * The drills of a database, newest first, with its plan and the newest proof.
 * `next` is what `after` takes for the page after it.
 */
export function listDrills(
  ctx: CallContext,
  { namespace, database, after, limit = DRILLS_A_PAGE }: OfDatabase & PageInput,
): Promise<DrillsView> {
  return perform(ctx, "drill.list", { namespace }, async ({ db, principal }) => {
    const row = await findDatabase(db, principal, database);
    const page = openPage(["drills", row.id], { after, limit }, NEWEST_FIRST);
    const found = await db.drill.findMany({
      where: { databaseId: row.id, AND: [page.behind] },
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    const plan = await db.drillPlan.findUnique({ where: { databaseId: row.id } });
    return {
      drills: await toDrillViews(db, rows),
      next,
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
