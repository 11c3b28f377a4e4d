import { ROLES } from "./actions.ts";
import { matchesLabel, type PolicyField, type PolicyRules } from "./policy.ts";
import { hoursAllowMore } from "./policy-hours.ts";

/** For each field whether the second value asks for less than the first. */
const IS_LOOSER: { [Field in PolicyField]: (before: PolicyRules[Field], after: PolicyRules[Field]) => boolean } = {
  restoreRole: (before, after) => ROLES.indexOf(after) > ROLES.indexOf(before),
  approvals: (before, after) => after < before,
  // Who is new among the approvers could be anybody's second account, so each one is a loosening.
  approvers: (before, after) => before !== null && (after === null || after.some((userId) => !before.includes(userId))),
  hours: hoursAllowMore,
  protectedLabels: (before, after) =>
    before.some((pattern) => !after.includes(pattern) && !after.some((wider) => isWider(wider, pattern))),
  leastWindowDays: (before, after) => before !== null && (after === null || after < before),
  approveWithinMs: (before, after) => after > before,
  runWithinMs: (before, after) => after > before,
};

/** Only a beginning followed by one `*` is compared: everything else counts as another pattern. */
function isWider(wider: string, pattern: string): boolean {
  return wider.endsWith("*") && !wider.slice(0, -1).includes("*") && matchesLabel(wider, pattern);
}

const FIELDS = Object.keys(IS_LOOSER) as PolicyField[];

function isLooserField<Field extends PolicyField>(field: Field, before: PolicyRules, after: PolicyRules): boolean {
  return IS_LOOSER[field](before[field], after[field]);
}

/** The fields in which `after` asks for less than `before`. */
export function looserFields(before: PolicyRules, after: PolicyRules): PolicyField[] {
  return FIELDS.filter((field) => isLooserField(field, before, after));
}

/** The fields in which two policies differ. */
export function changedFields(before: PolicyRules, after: PolicyRules): PolicyField[] {
  return FIELDS.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
}
