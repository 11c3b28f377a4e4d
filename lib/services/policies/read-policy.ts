import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { DEFAULT_RULES, type PolicyRules, policyRulesSchema } from "../../domain/policy.ts";

/** A database's policy; version 0 where nobody has set anything. */
export type PolicyState = {
  rules: PolicyRules;
  version: number;
  updatedAtMs: number | null;
  updatedBy: string | null;
};

type Row = Prisma.PolicyGetPayload<Record<string, never>>;

/** Reads what a database asks of those who would change its past or lose its history. */
export async function readPolicy(db: MetadataReader, databaseId: string): Promise<PolicyState> {
  const row = await db.policy.findUnique({ where: { databaseId } });
  if (!row) return { rules: DEFAULT_RULES, version: 0, updatedAtMs: null, updatedBy: null };
  return {
    rules: toRules(row),
    version: row.version,
    updatedAtMs: toNumber(row.updatedAtMs),
    updatedBy: row.updatedBy,
  };
}

/** A row that says what nobody could have set is our bug, and is never read as a weaker policy. */
function toRules(row: Row): PolicyRules {
  const parsed = policyRulesSchema.safeParse({
    restoreRole: row.restoreRole,
    approvals: row.approvals,
    approvers: row.approvers === null ? null : JSON.parse(row.approvers),
    hours: row.hours === null ? null : JSON.parse(row.hours),
    protectedLabels: row.protectedLabels === null ? [] : JSON.parse(row.protectedLabels),
    leastWindowDays: row.leastWindowDays,
    approveWithinMs: toNumber(row.approveWithinMs),
    runWithinMs: toNumber(row.runWithinMs),
  });
  if (!parsed.success) throw new Error("assumption violated: a stored policy fits its rules", { cause: parsed.error });
  return parsed.data;
}

/** The columns that hold some rules. */
export function toPolicyColumns(rules: PolicyRules) {
  return {
    restoreRole: rules.restoreRole,
    approvals: rules.approvals,
    approvers: rules.approvers === null ? null : JSON.stringify(rules.approvers),
    hours: rules.hours === null ? null : JSON.stringify(rules.hours),
    protectedLabels: rules.protectedLabels.length === 0 ? null : JSON.stringify(rules.protectedLabels),
    leastWindowDays: rules.leastWindowDays,
    approveWithinMs: BigInt(rules.approveWithinMs),
    runWithinMs: BigInt(rules.runWithinMs),
  };
}
