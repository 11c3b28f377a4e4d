import { randomUUID } from "node:crypto";
import type { ScheduleDetail } from "../../client/schedule-types.ts";
import { isUniqueViolation, type MetadataTransaction } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { ScheduleDraft } from "../../domain/schedule.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { perform } from "../perform.ts";
import { scheduleNameTaken, toScheduleKey } from "./find-schedule.ts";
import { readSchedule } from "./get-schedule.ts";

const MOST_SCHEDULES = 50;

/** Makes a schedule, whose first run is the next one that comes due. Throws `conflict` for a name in use. */
export async function createSchedule(
  ctx: CallContext,
  { namespace, database, schedule }: OfDatabase & { schedule: ScheduleDraft },
): Promise<ScheduleDetail> {
  const id = randomUUID();
  try {
    await perform(ctx, "schedule.change", { namespace }, async ({ db, principal, note }) => {
      const found = await findDatabase(db, principal, database);
      note({ kind: "schedule", id }, { databaseId: found.id, name: schedule.name, after: schedule });
      await insertSchedule(db, found, schedule, { id, by: principal.name });
    });
  } catch (error) {
    throw isUniqueViolation(error) ? scheduleNameTaken(schedule.name) : error;
  }
  return readSchedule(id);
}

/** The row of a new schedule, within the caller's transaction. */
export async function insertSchedule(
  tx: MetadataTransaction,
  database: DatabaseRow,
  draft: ScheduleDraft,
  { id, by }: { id: string; by: string },
): Promise<void> {
  const count = await tx.schedule.count({ where: { databaseId: database.id, deletedAtMs: null } });
  if (count >= MOST_SCHEDULES) {
    throw new LastgoodError("conflict", `${database.name} has ${MOST_SCHEDULES} schedules already.`, {
      hint: "Delete one that is not needed any more.",
    });
  }
  const now = BigInt(Date.now());
  await tx.schedule.create({
    data: {
      id,
      namespaceId: database.namespaceId,
      databaseId: database.id,
      nameKey: toScheduleKey(draft.name),
      ...draft,
      decidedToMs: now,
      createdAtMs: now,
      createdBy: by,
      updatedAtMs: now,
      updatedBy: by,
    },
  });
}
