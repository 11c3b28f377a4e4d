import type { PolicyView } from "../../client/approval-types.ts";
import { isUniqueViolation, type MetadataTransaction, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { approversFor } from "../../domain/approval.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { neededApprovals, type PolicyRules } from "../../domain/policy.ts";
import { looserFields } from "../../domain/policy-change.ts";
import { approvalRequired } from "../approvals/approval-required.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { perform } from "../perform.ts";
import { toPolicyView } from "./get-policy.ts";
import { listPeople, type NamedPerson } from "./list-people.ts";
import { readPolicy, toPolicyColumns } from "./read-policy.ts";

export type SetPolicyInput = {
  namespace: string;
  database: string;
  rules: PolicyRules;
  /** Of the policy as it was read: refused when it is another one by now. */
  version: number;
};

/**
 * Sets what a database asks of those who would change its past or lose its history. What only asks for more holds at once;
 * what asks for less in any field needs the approval that a restore by the caller would: `approval_required`.
 */
export async function setPolicy(ctx: CallContext, input: SetPolicyInput): Promise<PolicyView> {
  const { namespace, database, rules, version } = input;
  const { principal, row } = await perform(ctx, "policy.change", { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, database);
    const current = await readPolicy(db, row.id);
    note({ kind: "database", id: row.id }, { before: current.rules, after: rules });
    if (current.version !== version) throw policyMoved();
    await requireConfirmed(ctx, db);
    if (looserFields(current.rules, rules).length > 0 && neededApprovals(current.rules, principal.role) > 0) {
      throw approvalRequired(principal, row, "policy.change", current.rules);
    }
    await writePolicy(db, principal, { databaseId: row.id, rules, version });
    return { principal, row };
  }).catch((error: unknown) => {
    throw isUniqueViolation(error) ? policyMoved() : error;
  });
  return toPolicyView(metadata(), principal, row);
}

/** Writes a policy over the one of `version`, within the caller's transaction. */
export async function writePolicy(
  tx: MetadataTransaction,
  principal: Principal,
  { databaseId, rules, version }: { databaseId: string; rules: PolicyRules; version: number },
): Promise<void> {
  requirePossible(rules, await listPeople(tx, principal.namespace.id));
  const columns = { ...toPolicyColumns(rules), updatedAtMs: nowMs(), updatedBy: principal.name };
  if (version === 0) {
    await tx.policy.create({ data: { databaseId, ...columns, version: 1 } });
    return;
  }
  const { count } = await tx.policy.updateMany({
    where: { databaseId, version },
    data: { ...columns, version: { increment: 1 } },
  });
  if (count === 0) throw policyMoved();
}

/** Refuses a policy that nobody could ever loosen again: then nothing could be restored either. */
function requirePossible(rules: PolicyRules, people: readonly NamedPerson[]): void {
  const unknown = rules.approvers?.find((id) => {
    const person = people.find(({ userId }) => userId === id);
    return person === undefined || approversFor("", { rules, people: [person] }).length === 0;
  });
  if (unknown !== undefined) {
    const name = people.find(({ userId }) => userId === unknown)?.name;
    throw new LastgoodError("invalid_input", `${name ?? "One of the approvers"} may not approve here.`, {
      field: "approvers",
      hint: rules.restoreRole === "owner" ? "Choose from the owners." : "Choose from the owners and admins.",
    });
  }
  const askers = people.filter(({ role }) => role === "owner" || role === "admin");
  const isPossible = askers.some(
    ({ userId, role }) => approversFor(userId, { rules, people }).length >= neededApprovals(rules, role),
  );
  if (isPossible) return;
  throw new LastgoodError(
    "conflict",
    `Too few people could give ${rules.approvals} approvals: whoever asks never counts.`,
    {
      field: "approvals",
      hint: "Ask for fewer, name more approvers, or invite another owner or admin first.",
    },
  );
}

/** Another policy than the one that was read. */
export function policyMoved(): LastgoodError {
  return new LastgoodError("conflict", "The policy was changed meanwhile.", {
    hint: "Load it again; nothing was saved.",
  });
}
