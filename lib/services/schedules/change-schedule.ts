import type { ScheduleDetail } from "../../client/schedule-types.ts";
import { isUniqueViolation, type MetadataTransaction } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { keepsLess, type ScheduleDraft } from "../../domain/schedule.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import { toRetentionPlan, underChange } from "../backups/plan-retained.ts";
import { readRetained } from "../backups/read-retained.ts";
import { deletesMore, requireShown } from "../backups/require-shown.ts";
import { setExpiry } from "../backups/set-expiry.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { perform } from "../perform.ts";
import { findSchedule, type ScheduleRow, scheduleNameTaken, toScheduleKey } from "./find-schedule.ts";
import { readSchedule } from "./get-schedule.ts";
import { settleDue } from "./settle-due.ts";

export type ChangeScheduleInput = OfDatabase & {
  /** Its id or name. */
  schedule: string;
  /** What of it becomes another. */
  change: { [Key in keyof ScheduleDraft]?: ScheduleDraft[Key] | undefined };
  /** Of the schedule as it was read: refused when it is another one by now. */
  version: number;
  /** Of the dry run that was shown; needed where the change deletes backups that are kept so far. */
  planDigest?: string | undefined;
};

/**
 * Changes a schedule; pausing it and letting it go on are changes of `active`. What was due before and did not run is written
 * down as missed; what comes due while it is paused never was to run. Another number of days counts for its earlier backups as
 * well: a change that deletes some asks people for password or code, and is `conflict` unless its caller has seen exactly which.
 * Throws `conflict` also where it was changed meanwhile or the name is in use.
 */
export async function changeSchedule(ctx: CallContext, input: ChangeScheduleInput): Promise<ScheduleDetail> {
  const { namespace, database, schedule: reference, change, version } = input;
  let id = "";
  try {
    await perform(ctx, "schedule.change", { namespace }, async ({ db, principal, note }) => {
      const found = await findDatabase(db, principal, database);
      const before = await findSchedule(db, found, reference);
      id = before.id;
      note({ kind: "schedule", id }, { databaseId: found.id, name: before.name });
      if (before.version !== version) throw scheduleMoved();
      const after = changed(toDraft(before), change);
      note(null, { before: toDraft(before), after });
      if (keepsLess(before, after)) await requireSeen(ctx, db, found, { id, after, planDigest: input.planDigest });
      await writeChange(db, ctx, { ...before, database: found }, after, principal.name);
    });
  } catch (error) {
    throw isUniqueViolation(error) ? scheduleNameTaken(change.name ?? "") : error;
  }
  return readSchedule(id);
}

/**
 * Of a change that keeps less: what it deletes must have been seen, and whoever says so be the one who signed in. Throws `conflict`,
 * `confirmation_required`.
 */
export async function requireSeen(
  ctx: CallContext,
  db: MetadataTransaction,
  database: DatabaseRow,
  { id, after, planDigest }: { id: string; after: ScheduleDraft; planDigest: string | undefined },
): Promise<void> {
  const retained = await readRetained(db, database);
  const change = { schedule: { id, retentionDays: after.retentionDays, keepAtMost: after.keepAtMost } };
  if (!deletesMore(retained, change)) return;
  requireShown(toRetentionPlan(underChange(retained, change), Date.now()).digest, planDigest);
  await requireConfirmed(ctx, db);
}

function changed(before: ScheduleDraft, change: ChangeScheduleInput["change"]): ScheduleDraft {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(given) };
}

/** Writes a schedule over the one that was read, within the caller's transaction. */
export async function writeChange(
  tx: MetadataTransaction,
  ctx: CallContext,
  before: ScheduleRow & { database: { id: string; name: string } },
  after: ScheduleDraft,
  by: string,
): Promise<void> {
  const nowMs = Date.now();
  const isTimedAnew = (["cron", "zone", "active", "jitterSeconds"] as const).some((key) => before[key] !== after[key]);
  if (isTimedAnew) await settleDue(tx, ctx, before, { happened: after.active ? "changed" : "paused", nowMs });
  const { count } = await tx.schedule.updateMany({
    where: { id: before.id, version: before.version },
    data: {
      ...after,
      nameKey: toScheduleKey(after.name),
      ...(isTimedAnew && { decidedToMs: BigInt(nowMs) }),
      version: { increment: 1 },
      updatedAtMs: BigInt(nowMs),
      updatedBy: by,
    },
  });
  if (count === 0) throw scheduleMoved();
  const { retentionDays } = after;
  if (before.retentionDays !== retentionDays) await setExpiry(tx, { scheduleId: before.id, retentionDays });
}

/** What of a row people set. */
export function toDraft(row: ScheduleRow): ScheduleDraft {
  const { name, cron, zone, active, retentionDays, keepAtMost, jitterSeconds } = row;
  const kind = row.kind as ScheduleDraft["kind"];
  return { name, kind, cron, zone, active, retentionDays, keepAtMost, jitterSeconds };
}

function scheduleMoved(): LastgoodError {
  return new LastgoodError("conflict", "The schedule was changed meanwhile.", {
    hint: "Load it again; nothing was saved.",
  });
}
