import type { AuditPageView } from "../../client/api-types.ts";
import type { AuditFilter } from "../../domain/audit-filter.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { findAuditEntries } from "./find-audit-entries.ts";
import { toAuditViews } from "./to-audit-view.ts";

export type AuditQuestion = {
  namespace: string;
  filter: AuditFilter;
  /** The number of the entry that the page before ended with; null for the newest. */
  before: bigint | null;
  /** 1 to 200. */
  limit: number;
};

/** A page of a namespace's audit log, newest first. */
export function listAuditEntries(ctx: CallContext, question: AuditQuestion): Promise<AuditPageView> {
  const { namespace, filter, before, limit } = question;
  return perform(ctx, "audit.read", { namespace }, async ({ db, principal }) => {
    const rows = await findAuditEntries(db, principal, { filter, before, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      entries: await toAuditViews(db, principal.namespace.id, shown),
      next: last === undefined ? null : String(last.seq),
    };
  });
}
