import type { PolicyView } from "../../client/approval-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { approversFor } from "../../domain/approval.ts";
import { neededApprovals } from "../../domain/policy.ts";
import { beginOf } from "../../domain/policy-hours.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { perform } from "../perform.ts";
import { listPeople } from "./list-people.ts";
import { readPolicy } from "./read-policy.ts";

/** A database's policy, and what it means for the caller. */
export function getPolicy(
  ctx: CallContext,
  { namespace, database }: { namespace: string; database: string },
): Promise<PolicyView> {
  return perform(ctx, "policy.read", { namespace }, async ({ db, principal }) =>
    toPolicyView(db, principal, await findDatabase(db, principal, database)),
  );
}

/** The same for whoever was authorised already. */
export async function toPolicyView(db: MetadataReader, principal: Principal, row: DatabaseRow): Promise<PolicyView> {
  const [{ rules, version, updatedAtMs, updatedBy }, people] = await Promise.all([
    readPolicy(db, row.id),
    listPeople(db, principal.namespace.id),
  ]);
  const now = Number(nowMs());
  return {
    databaseId: row.id,
    databaseName: row.name,
    rules,
    version,
    updatedAtMs,
    updatedBy,
    people: people.filter(({ role }) => role === "owner" || role === "admin"),
    neededForMe: neededApprovals(rules, principal.role),
    possibleForMe: approversFor(principal.userId, { rules, people }).length,
    ...beginOf(rules.hours, now),
  };
}
