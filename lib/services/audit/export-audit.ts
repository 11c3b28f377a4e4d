import type { AuditEntryView } from "../../client/api-types.ts";
import type { AuditFilter } from "../../domain/audit-filter.ts";
import type { CallContext } from "../call-context.ts";
import { authorise, perform } from "../perform.ts";
import { findAuditEntries } from "./find-audit-entries.ts";
import { toAuditViews } from "./to-audit-view.ts";

const BATCH = 500;

type Question = { namespace: string; filter: AuditFilter; format: "csv" | "jsonl" };

/**
 * All entries that a filter lets through, newest first, in batches. That somebody took them along is an entry itself; the
 * right is asked for again with each batch, so that it ends with what it rests on.
 */
export async function exportAudit(ctx: CallContext, question: Question): Promise<AsyncIterable<AuditEntryView[]>> {
  const { namespace, filter, format } = question;
  await perform(ctx, "audit.export", { namespace }, async ({ db, principal, note }) => {
    await findAuditEntries(db, principal, { filter, before: null, limit: 1 });
    note({ kind: "namespace", id: principal.namespace.id }, { format, filter });
  });
  return batches(ctx, namespace, filter);
}

async function* batches(ctx: CallContext, namespace: string, filter: AuditFilter): AsyncGenerator<AuditEntryView[]> {
  for (let before: bigint | null = null; ; ) {
    const from: bigint | null = before;
    const found: { views: AuditEntryView[]; last: bigint | null } = await authorise(
      ctx,
      "audit.export",
      { namespace },
      async (db, principal) => {
        const rows = await findAuditEntries(db, principal, { filter, before: from, limit: BATCH });
        const last = rows.length === BATCH ? (rows.at(-1)?.seq ?? null) : null;
        return { views: await toAuditViews(db, principal.namespace.id, rows), last };
      },
    );
    if (found.views.length > 0) yield found.views;
    if (found.last === null) return;
    before = found.last;
  }
}
