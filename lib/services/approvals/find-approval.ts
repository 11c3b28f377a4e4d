import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { Principal } from "../find-principal.ts";
import { APPROVAL_INCLUDE, type ApprovalRow } from "./approval-record.ts";

/** Which requests exist for the caller: those of the namespace, and of them those of the databases a token is limited to. */
export function approvalsVisibleTo({ namespace, databases }: Principal) {
  return { namespaceId: namespace.id, ...(databases !== "all" && { databaseId: { in: [...databases] } }) };
}

/** Finds a request that exists for the caller; any other one is `not_found`. */
export async function findApproval(db: MetadataReader, principal: Principal, approvalId: string): Promise<ApprovalRow> {
  const row = isUuid(approvalId)
    ? await db.approvalRequest.findFirst({
        where: { id: approvalId.toLowerCase(), ...approvalsVisibleTo(principal) },
        include: APPROVAL_INCLUDE,
      })
    : null;
  if (!row) throw new LastgoodError("not_found", "There is no such approval request.", { hint: "See the inbox." });
  return row;
}

/** Refuses what only the requester may do with a request. */
export function requireRequester(principal: Principal, row: ApprovalRow): void {
  if (row.requestedBy === principal.userId) return;
  throw new LastgoodError("forbidden", `Only ${row.requestedByName} may do that with this request.`, {
    hint: "Make a request of your own.",
  });
}
