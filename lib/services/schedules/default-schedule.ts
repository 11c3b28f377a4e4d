import { randomUUID } from "node:crypto";
import type { ScheduleView } from "../../client/schedule-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { keepsLess, type ScheduleDraft } from "../../domain/schedule.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { perform } from "../perform.ts";
import { requireSeen, toDraft, writeChange } from "./change-schedule.ts";
import { insertSchedule } from "./create-schedule.ts";
import { getSchedule, readSchedule } from "./get-schedule.ts";

/** What the one daily schedule of a project is called that is set without a name: every project has at most one. */
export const DEFAULT_SCHEDULE = "default";

/** Once a day, by UTC. */
export type DailySchedule = { hour: number; minute: number; active: boolean; retentionDays: number };

/** The daily schedule of a project. `not_found` until one was set. */
export async function getDefaultSchedule(ctx: CallContext, of: OfDatabase): Promise<ScheduleView> {
  try {
    return await getSchedule(ctx, { ...of, schedule: DEFAULT_SCHEDULE });
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "not_found") throw error;
    throw new LastgoodError("not_found", "This project has no daily schedule yet.", {
      hint: "Set one with PUT: hour, minute, active and retention_days.",
    });
  }
}

/**
 * Sets the daily schedule of a project, whether there was one or not; whoever sets it last decides. Fewer days that delete backups of
 * today need the digest of the dry run that was shown, as on the page; see `changeSchedule`.
 */
export async function setDefaultSchedule(
  ctx: CallContext,
  { namespace, database, daily, planDigest }: OfDatabase & { daily: DailySchedule; planDigest?: string | undefined },
): Promise<ScheduleView> {
  const { hour, minute, active, retentionDays } = daily;
  const set = { cron: `${minute} ${hour} * * *`, zone: "UTC", active, retentionDays };
  const made = randomUUID();
  const id = await perform(ctx, "schedule.change", { namespace }, async ({ db, principal, note }) => {
    const found = await findDatabase(db, principal, database);
    const before = await db.schedule.findFirst({
      where: { databaseId: found.id, nameKey: DEFAULT_SCHEDULE, deletedAtMs: null },
    });
    const id = before?.id ?? made;
    note({ kind: "schedule", id }, { databaseId: found.id, name: DEFAULT_SCHEDULE });
    if (!before) {
      const draft: ScheduleDraft = {
        name: DEFAULT_SCHEDULE,
        kind: "physical",
        keepAtMost: null,
        jitterSeconds: 0,
        ...set,
      };
      note(null, { after: draft });
      await insertSchedule(db, found, draft, { id, by: principal.name });
      return id;
    }
    const after = { ...toDraft(before), ...set };
    note(null, { before: toDraft(before), after });
    if (keepsLess(before, after)) await requireSeen(ctx, db, found, { id, after, planDigest });
    await writeChange(db, ctx, { ...before, database: found }, after, principal.name);
    return id;
  });
  return readSchedule(id);
}
