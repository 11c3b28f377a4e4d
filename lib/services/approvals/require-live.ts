import type { ApprovalStatus } from "../../domain/approval.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { JudgedApproval } from "./judge-approval.ts";

const ENDED: Record<Exclude<ApprovalStatus, "open" | "approved">, string> = {
  used: "This approval was used already.",
  refused: "This request was refused.",
  expired: "This request has expired.",
  void: "This approval is void.",
  withdrawn: "This request was withdrawn.",
};

/** Refuses a request that has ended, with why; one that was used names what it started. */
export function requireLive({ row, judgement: { status, because } }: JudgedApproval): void {
  if (status === "open" || status === "approved") return;
  const cause = because === null || status === "refused" ? ENDED[status] : `${ENDED[status]} ${because}`;
  throw new LastgoodError("conflict", cause, {
    hint: status === "used" ? "It counts once; see what it started." : "Ask again.",
    approval: { id: row.id, status, because },
    ...(row.restoreId !== null && { restoreId: row.restoreId }),
  });
}

/** What was confirmed is not what stands there. */
export function staleDigest(): LastgoodError {
  return new LastgoodError("conflict", "This is not the plan that you have read.", {
    field: "digest",
    hint: "Load the request again and read what it asks for now.",
  });
}
