import type { MetadataReader } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { GiveBackPlan } from "../../domain/give-back.ts";
import { type PolicyRules, restoresByRight } from "../../domain/policy.ts";
import { approvalRequired, isFreeUndo, type UndoneRestore } from "../approvals/approval-required.ts";
import type { DatabaseRow } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { readPolicy } from "../policies/read-policy.ts";
import { requireHours } from "../policies/require-allowed.ts";

/** Whether rows that are there now would be changed or taken away; putting missing ones in adds only. */
export function changesExisting({ tables }: Pick<GiveBackPlan, "tables">): boolean {
  return tables.some(({ setBack, removed }) => setBack > 0 || removed > 0);
}

/**
 * Refuses what the database's policy lets nobody do alone. Missing rows may always be put in again. Where the policy asks for
 * more than every database's does, rows that are there are changed only by a restore that others approved.
 */
export async function requireGiveBack(
  db: MetadataReader,
  principal: Principal,
  row: DatabaseRow,
  changes: boolean,
  undone: UndoneRestore | null,
): Promise<void> {
  // What is done to a preview is nobody's production.
  if (!changes || row.kind === "preview") return;
  const { rules } = await readPolicy(db, row.id);
  const now = Number(nowMs());
  if (undone && isFreeUndo(undone, row, rules, now)) {
    if (undone.requestedBy === principal.userId || restoresByRight(rules, principal.role)) return;
  }
  if (asksOthers(rules, principal)) {
    const { details } = approvalRequired(principal, row, "restore.project", rules);
    throw new LastgoodError(
      "approval_required",
      `The policy of ${row.name} lets nobody change rows that are there without approval; missing rows can be given back.`,
      { ...details, hint: `Choose missing rows only, or ask for a restore. ${details.hint ?? ""}` },
    );
  }
  requireHours(rules, now);
}

function asksOthers(rules: PolicyRules, { role }: Principal): boolean {
  return rules.approvals > 0 || (rules.restoreRole === "owner" && role !== "owner");
}
