import { type Finding, orWell, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";

const RECENT_MS = 7 * 24 * 60 * 60_000;

/** Whether backups that were due in the last week were made. */
export async function checkSchedules(patient: Patient): Promise<Finding[]> {
  const metadata = await patient.metadata();
  if (metadata === null)
    return [warning("Schedules were not looked at: the metadata cannot be read.", "Mend that first.")];
  const since = Math.floor(patient.nowMs - RECENT_MS);
  const missed = await metadata.rows(
    `SELECT n."slug", d."name" AS "database", s."name", COUNT(*) AS "n", MAX(r."dueMs") AS "last"
     FROM "ScheduleRun" r JOIN "Schedule" s ON s."id" = r."scheduleId"
     JOIN "Database" d ON d."id" = s."databaseId" JOIN "Namespace" n ON n."id" = s."namespaceId"
     WHERE r."outcome" = 'missed' AND r."dueMs" >= ${since} AND s."deletedAtMs" IS NULL AND d."deletedAtMs" IS NULL
     GROUP BY n."slug", d."name", s."name" ORDER BY n."slug", d."name"`,
  );
  const failed = await metadata.rows(
    `SELECT n."slug", d."name" AS "database", COUNT(*) AS "n" FROM "Backup" b
     JOIN "Database" d ON d."id" = b."databaseId" JOIN "Namespace" n ON n."id" = b."namespaceId"
     WHERE b."status" = 'failed' AND b."trigger" = 'scheduled' AND b."createdAtMs" >= ${since} AND d."deletedAtMs" IS NULL
     GROUP BY n."slug", d."name" ORDER BY n."slug", d."name"`,
  );
  const found = [
    ...missed.map(({ slug, database, name, n, last }) =>
      warning(
        `The schedule ${name} of ${slug}/${database} was missed ${n} times in the last week, last at ${new Date(Number(last)).toISOString()}.`,
        "Its page tells why; mostly Lastgood did not run at that time.",
      ),
    ),
    ...failed.map(({ slug, database, n }) =>
      warning(
        `${n} scheduled backups of ${slug}/${database} failed in the last week.`,
        "Its Backups tab names the cause of each.",
      ),
    ),
  ];
  return orWell(found, "No backup that was due in the last week was missed.");
}
