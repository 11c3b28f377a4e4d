import { LastgoodError } from "../../domain/errors.ts";
import { findProtectingPattern, type PolicyRules } from "../../domain/policy.ts";
import { mayBeginAt, nextBegin } from "../../domain/policy-hours.ts";

/** Refuses to delete a label that the policy protects. */
export function requireLabelDeletable(rules: PolicyRules, label: string): void {
  const pattern = findProtectingPattern(rules, label);
  if (pattern === null) return;
  const why = pattern === label ? "" : ` It matches ${pattern}.`;
  throw new LastgoodError("forbidden", `The policy protects the label ${label}.${why}`, {
    hint: "Nobody may delete it while it is protected. Change the policy first; that may need approval.",
  });
}

/** Refuses to begin a restore in place outside of the hours that the policy allows. @param timeMs Unix milliseconds */
export function requireHours(rules: PolicyRules, timeMs: number): void {
  if (mayBeginAt(rules.hours, timeMs)) return;
  const nextMs = nextBegin(rules.hours, timeMs);
  const when = nextMs === null ? "Change the policy's hours" : `Begin it from ${new Date(nextMs).toISOString()} on`;
  throw new LastgoodError("forbidden", "The policy lets no restore in place begin at this hour.", {
    hint: `${when}; an approval stays as it is until its own time runs out.`,
    ...(nextMs !== null && { nextBeginMs: nextMs }),
  });
}
