import type { RetentionChange } from "../../client/retention-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { toRetentionPlan, underChange } from "./plan-retained.ts";
import type { Retained } from "./read-retained.ts";

/** Whether a change would delete something that the present limits keep. */
export function deletesMore(retained: Retained, change: RetentionChange): boolean {
  const now = Date.now();
  const goneBy = (known: Retained) => {
    const { deletions, later } = toRetentionPlan(known, now);
    return [...deletions, ...later].map(({ id }) => id);
  };
  const before = new Set(goneBy(retained));
  return goneBy(underChange(retained, change)).some((id) => !before.has(id));
}

/** Refuses a change that deletes unless its caller has seen exactly what goes: `conflict`. Both are digests of a plan. */
export function requireShown(digest: string, shown: string | undefined): void {
  if (shown === digest) return;
  throw new LastgoodError(
    "conflict",
    shown === undefined
      ? "This deletes backups that are kept so far."
      : "What would be deleted changed since it was shown.",
    { field: "planDigest", hint: "Look at the dry run, and save with its digest. Nothing was changed." },
  );
}
