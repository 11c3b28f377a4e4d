import type { Metadata } from "../../db/client.ts";

/** More databases than these have no figures of their own: monitoring must not drown in them. */
export const MOST_DATABASES = 2000;

/** What the metadata knows of a database. Times are Unix milliseconds. */
export type DatabaseFacts = {
  id: string;
  namespace: string;
  name: string;
  engine: string;
  kind: string;
  windowDays: number;
  lastCompletedMs: number | null;
  lastFailedMs: number | null;
};

type Row = { id: string; slug: string; name: string; engine: string; kind: string; windowDays: number | bigint };
type BackupRow = { databaseId: string; status: string; lastMs: bigint | number | null };

/** All databases that are there, the oldest first, and when backups of them last completed and failed; `omitted` others exist. */
export async function readDatabaseFacts(db: Metadata): Promise<{ databases: DatabaseFacts[]; omitted: number }> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT d."id", n."slug", d."name", d."engine", d."kind", d."windowDays"
    FROM "Database" d JOIN "Namespace" n ON n."id" = d."namespaceId"
    WHERE d."deletedAtMs" IS NULL AND n."deletedAtMs" IS NULL
    ORDER BY d."createdAtMs", d."id"`;
  const backups = await db.$queryRaw<BackupRow[]>`
    SELECT "databaseId", "status", MAX("finishedAtMs") AS "lastMs" FROM "Backup"
    WHERE "status" IN ('completed', 'failed') GROUP BY "databaseId", "status"`;
  const lastOf = new Map(backups.map(({ databaseId, status, lastMs }) => [`${databaseId} ${status}`, lastMs]));
  const last = (id: string, status: string) => {
    const ms = lastOf.get(`${id} ${status}`) ?? null;
    return ms === null ? null : Number(ms);
  };
  const databases = rows.slice(0, MOST_DATABASES).map(({ id, slug, name, engine, kind, windowDays }) => ({
    id,
    namespace: slug,
    name,
    engine,
    kind,
    windowDays: Number(windowDays),
    lastCompletedMs: last(id, "completed"),
    lastFailedMs: last(id, "failed"),
  }));
  return { databases, omitted: rows.length - databases.length };
}
