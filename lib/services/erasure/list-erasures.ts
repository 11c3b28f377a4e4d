import type { ErasuresView, ErasureView } from "../../client/erasure-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { perform } from "../perform.ts";
import { toErasureView } from "./to-erasure-view.ts";

const MOST = 50;

/** The newest erasures of a database. */
export function listErasures(ctx: CallContext, { namespace, database }: OfDatabase): Promise<ErasuresView> {
  return perform(ctx, "erasure.read", { namespace }, async ({ db, principal }) => {
    const { id } = await findDatabase(db, principal, database);
    const rows = await db.erasure.findMany({
      where: { databaseId: id },
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      take: MOST,
    });
    return { erasures: rows.map(toErasureView) };
  });
}

/** Takes an erasure back. Throws `conflict` once its grace period is over and it runs. */
export function cancelErasure(
  ctx: CallContext,
  { namespace, database, erasure }: OfDatabase & { erasure: string },
): Promise<ErasureView> {
  return perform(ctx, "erasure.cancel", { namespace }, async ({ db, principal, note }) => {
    const { id: databaseId } = await findDatabase(db, principal, database);
    const row = await db.erasure.findFirst({ where: { id: erasure.toLowerCase(), databaseId } });
    if (!row) throw new LastgoodError("not_found", "This database has no such erasure.");
    note({ kind: "erasure", id: row.id }, { databaseId });
    const { count } = await db.erasure.updateMany({
      where: { id: row.id, status: "waiting" },
      data: { status: "cancelled", openKey: null, finishedAtMs: nowMs() },
    });
    if (count === 0) {
      throw new LastgoodError("conflict", "This erasure does not wait any more.", {
        hint: "Once it runs, or has ended, it cannot be taken back.",
      });
    }
    return toErasureView(await db.erasure.findUniqueOrThrow({ where: { id: row.id } }));
  });
}
