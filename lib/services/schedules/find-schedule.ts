import type { MetadataReader } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { DatabaseRow } from "../databases/find-database.ts";

export type ScheduleRow = Prisma.ScheduleGetPayload<Record<string, never>>;

/** Names are unique within a database, and found, whatever their case. */
export const toScheduleKey = (name: string) => name.toLowerCase();

/** A schedule of a database by its id, else by its name. Anything else is `not_found`. */
export async function findSchedule(db: MetadataReader, database: DatabaseRow, reference: string): Promise<ScheduleRow> {
  const named = isUuid(reference) ? { id: reference.toLowerCase() } : { nameKey: toScheduleKey(reference) };
  const row = await db.schedule.findFirst({ where: { ...named, databaseId: database.id, deletedAtMs: null } });
  if (row) return row;
  throw new LastgoodError("not_found", `${database.name} has no schedule ${reference.slice(0, 64)}.`, {
    hint: "Check its name or id; a deleted schedule is no longer found by either.",
  });
}

/** Another schedule of the database has the name. */
export function scheduleNameTaken(name: string): LastgoodError {
  return new LastgoodError("conflict", `There is a schedule ${name} already.`, {
    field: "name",
    hint: "Choose another name; upper and lower case count as the same.",
  });
}
