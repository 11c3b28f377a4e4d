import type { PreviewView } from "../../client/preview-types.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { endOfLife } from "../../domain/preview.ts";
import type { CallContext } from "../call-context.ts";
import { requireProtected, requireWritable } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { findPreview } from "./find-preview.ts";
import { getPreview } from "./list-previews.ts";

/**
 * Sets the end of a preview's life to so many hours from now, 1 to 720, so never beyond 30 days. Throws `conflict` where it
 * would end sooner than it does: who wants that deletes it.
 */
export async function extendPreview(
  ctx: CallContext,
  { namespace, database, ttlHours }: { namespace: string; database: string; ttlHours: number },
): Promise<PreviewView> {
  const id = await perform(ctx, "preview.extend", { namespace }, async ({ db, principal, note }) => {
    const row = await findPreview(db, principal, database);
    note({ kind: "database", id: row.id }, { databaseId: row.id, name: row.name });
    await requireWritable(db, principal, row);
    requireProtected(row);
    const untilMs = endOfLife(Number(await storeNowMs(db)), ttlHours);
    if (row.expiresAtMs !== null && untilMs < Number(row.expiresAtMs)) throw wouldShorten(row.name);
    await db.database.update({ where: { id: row.id }, data: { expiresAtMs: BigInt(untilMs) } });
    const before = row.expiresAtMs === null ? null : Number(row.expiresAtMs);
    note(null, { before: { expiresAtMs: before }, after: { expiresAtMs: untilMs } });
    return row.id;
  });
  return getPreview(ctx, { namespace, database: id });
}

function wouldShorten(name: string): LastgoodError {
  return new LastgoodError("conflict", `${name} lives longer than that already.`, {
    field: "ttlHours",
    hint: "Give more hours, or delete the preview when it is not needed any more.",
  });
}
