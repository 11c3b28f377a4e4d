import type { Role } from "./actions.ts";
import { mayApprove, neededApprovals, type PolicyRules } from "./policy.ts";

export const APPROVAL_KINDS = [
  "restore.project",
  "restore.cutover",
  "policy.change",
  "database.delete",
  "history.erase",
] as const;
export type ApprovalKind = (typeof APPROVAL_KINDS)[number];

/**
 * A request is `open` until enough others have approved it, `approved` until it was run (`used`). It ends otherwise
 * when somebody refuses it, a clock runs out, what it is bound to changes (`void`), or its requester takes it back.
 */
export const APPROVAL_STATUSES = ["open", "approved", "used", "refused", "expired", "void", "withdrawn"] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export type Verdict = "approve" | "refuse";
export type GivenVerdict = { userId: string; name: string; verdict: Verdict; digest: string };
export type Person = { userId: string; role: Role };

/** A request as it was written down. Times are Unix milliseconds. */
export type RequestFacts = {
  status: ApprovalStatus;
  because: string | null;
  digest: string;
  policyVersion: number;
  needed: number;
  requestedBy: string;
  requestedByName: string;
  approveUntilMs: number;
  runUntilMs: number | null;
};

/** How things stand now with what a request is bound to. */
export type BoundFacts = {
  isDatabaseThere: boolean;
  /** The digest of the same request, made from the facts of now; null where its label is gone. */
  digest: string | null;
  rules: PolicyRules;
  policyVersion: number;
  /** Everybody with a role in the namespace. */
  people: readonly Person[];
  /** Whether the requester may still ask for this. */
  mayAsk: boolean;
};

export type Judgement = { status: ApprovalStatus; because: string | null };

export function isLive(status: ApprovalStatus): boolean {
  return status === "open" || status === "approved";
}

/** The approvals that count now: of exactly this digest, by others who may still approve. */
export function countApprovals(
  request: Pick<RequestFacts, "digest" | "requestedBy">,
  verdicts: readonly GivenVerdict[],
  { rules, people }: Pick<BoundFacts, "rules" | "people">,
): GivenVerdict[] {
  return verdicts.filter(({ userId, verdict, digest }) => {
    const person = people.find((one) => one.userId === userId);
    const counts = verdict === "approve" && digest === request.digest && userId !== request.requestedBy;
    return counts && person !== undefined && mayApprove(rules, person);
  });
}

/** Those who may approve a request of this person. */
export function approversFor(
  requestedBy: string,
  { rules, people }: Pick<BoundFacts, "rules" | "people">,
): readonly Person[] {
  return people.filter((person) => person.userId !== requestedBy && mayApprove(rules, person));
}

/** How many approvals a request needs now: never fewer than when it was made. */
export function neededNow(request: RequestFacts, { rules, people }: Pick<BoundFacts, "rules" | "people">): number {
  const requester = people.find(({ userId }) => userId === request.requestedBy);
  return Math.max(request.needed, requester ? neededApprovals(rules, requester.role) : 1);
}

/**
 * How a request stands at `nowMs`, whatever was written down before: a clock that ran out ended it, and so did a change of
 * anything it is bound to. One that has ended stays as it is.
 */
export function judgeRequest(
  request: RequestFacts,
  verdicts: readonly GivenVerdict[],
  bound: BoundFacts,
  nowMs: number,
): Judgement {
  const ended = (status: ApprovalStatus, because: string): Judgement => ({ status, because });
  if (!isLive(request.status)) return { status: request.status, because: request.because };
  const untilMs = request.status === "open" ? request.approveUntilMs : request.runUntilMs;
  if (untilMs === null || nowMs >= untilMs) {
    return ended(
      "expired",
      request.status === "open" ? "It was not approved in time." : "It was approved, but not run in time.",
    );
  }
  if (!bound.isDatabaseThere) return ended("void", "The database was deleted.");
  if (!bound.mayAsk) return ended("void", `${request.requestedByName} may no longer ask for this.`);
  if (bound.digest === null) return ended("void", "The label that it goes back to was deleted.");
  if (bound.policyVersion !== request.policyVersion) return ended("void", "The policy was changed.");
  if (bound.digest !== request.digest) return ended("void", "The database was restored since.");
  if (request.status === "approved") {
    const counted = countApprovals(request, verdicts, bound);
    if (counted.length < neededNow(request, bound)) {
      const lost = verdicts.find((one) => one.verdict === "approve" && !counted.includes(one));
      return ended("void", lost ? `${lost.name} may no longer approve.` : "It needs more approvals by now.");
    }
  }
  return { status: request.status, because: null };
}
