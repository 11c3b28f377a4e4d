import { createHash } from "node:crypto";
import type { RetentionChange, RetentionPlanView } from "../../client/retention-types.ts";
import { planRetention } from "../../domain/retention.ts";
import type { Retained } from "./read-retained.ts";

const DAY_MS = 86_400_000;

/** What is known, as if a change had been saved already. */
export function underChange({ backups, rules }: Retained, { maxBackups, schedule }: RetentionChange): Retained {
  const { [schedule?.id ?? ""]: _, ...others } = rules.keepAtMost;
  const keepsAtMost = schedule?.keepAtMost;
  const keepAtMost =
    schedule === undefined || keepsAtMost === undefined
      ? rules.keepAtMost
      : { ...others, ...(keepsAtMost !== null && { [schedule.id]: keepsAtMost }) };
  return {
    backups: backups.map((backup) => {
      if (schedule === undefined || backup.scheduleId !== schedule.id) return backup;
      return { ...backup, expiresAtMs: expiryOf(backup.createdAtMs, schedule.retentionDays) };
    }),
    rules: { maxBackups: maxBackups === undefined ? rules.maxBackups : maxBackups, keepAtMost },
  };
}

/** When a backup is too old, Unix milliseconds. @param retentionDays null: never */
export function expiryOf(createdAtMs: number, retentionDays: number | null): number | null {
  return retentionDays === null ? null : createdAtMs + retentionDays * DAY_MS;
}

/** The plan as people read it. */
export function toRetentionPlan({ backups, rules }: Retained, nowMs: number): RetentionPlanView {
  const plan = planRetention(backups, rules, nowMs);
  const byId = new Map(backups.map((backup) => [backup.id, backup]));
  const told = <Reason>(list: readonly { id: string; because: Reason }[]) =>
    list.map(({ id, because }) => {
      const backup = byId.get(id);
      if (!backup) throw new Error("assumption violated: a plan is about backups that it was given");
      const { key, label, kind, createdAtMs, sizeBytes, pins } = backup;
      return { id, key, label, kind, createdAtMs, sizeBytes, pins, because };
    });
  const [deletions, later] = [told(plan.deletions), told(plan.later)];
  const gone = [...deletions, ...later];
  return {
    deletions,
    later,
    kept: told(plan.kept),
    freedBytes: gone.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    digest: createHash("sha256")
      .update(JSON.stringify(gone.map(({ id }) => id).sort()))
      .digest("hex"),
  };
}
