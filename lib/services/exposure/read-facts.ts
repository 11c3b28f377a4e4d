import { networkInterfaces } from "node:os";
import type { MetadataReader } from "../../db/client.ts";
import { Prisma } from "../../db/generated/sqlite/client.ts";
import { asCopy, type CopyFacts, judgeProof, type MeasuredRecovery, type RestoreProof } from "../../domain/exposure.ts";
import type { SecondCopyState } from "../../domain/second-copy.ts";
import { readEnv } from "../../env.ts";
import { toSecondCopyState } from "../second-copy/second-copies.ts";

/** Of which databases facts are read: one, those of a namespace, or all. Deleted ones have none. */
export type ExposureScope = { databaseId: string } | { namespaceId: string } | "all";

/** What the metadata knows of a database's exposure. */
export type StoredFacts = { copies: CopyFacts[]; recovery: MeasuredRecovery | null; proof: RestoreProof };

type Big = bigint | number;
type BackupRow = {
  databaseId: string;
  key: string | null;
  bookmark: string | null;
  timeMs: Big;
  encrypted: boolean | Big;
  storeId: string | null;
  bucket: string | null;
  endpoint: string | null;
};
type EndedRow = { id: string; databaseId: string; createdAtMs: Big; finishedAtMs: Big | null };
type DrillRow = EndedRow & { status: string; recoveryMs: Big | null };
type RestoreRow = EndedRow & { startedAtMs: Big };

/** By the id of each database that anything is known of: five queries, however many there are. In the SQL of both providers. */
export async function readStoredFacts(
  db: MetadataReader,
  scope: ExposureScope,
  nowMs: number,
): Promise<(databaseId: string) => StoredFacts> {
  const within = inScope(scope);
  const backups = byDatabase(await newestBackups(db, within));
  const drills = byDatabase(await newestDrills(db, within));
  const restores = byDatabase(await newestRestores(db, within));
  const ofDatabase = scopeOf(scope);
  const plans = await db.drillPlan.findMany({ where: { active: true, ...ofDatabase } });
  const seconds = await db.secondCopy.findMany({ where: ofDatabase });
  const endpoint = readEnv().copy?.endpoint ?? "";
  return (id) => {
    const drillOf = (status: string) => drills.get(id)?.find((one) => one.status === status) ?? null;
    const [passed, failed] = [drillOf("passed"), drillOf("failed")];
    const plan = plans.find(({ databaseId }) => databaseId === id) ?? null;
    const second = seconds.find(({ databaseId }) => databaseId === id);
    const copies = second ? [secondCopyOf(toSecondCopyState(second), endpoint)] : [];
    return {
      copies: [...copies, ...(backups.get(id) ?? []).map(toCopy)].filter((copy) => copy !== null),
      recovery: recoveryOf(passed, restores.get(id)?.[0] ?? null),
      proof: judgeProof(
        passed && { ...toEnded(passed), recoveryMs: Number(passed.recoveryMs ?? 0) },
        failed && toEnded(failed),
        plan && { cron: plan.cron, zone: plan.zone, updatedAtMs: Number(plan.updatedAtMs) },
        nowMs,
      ),
    };
  };
}

function inScope(scope: ExposureScope): Prisma.Sql {
  if (scope === "all") return Prisma.sql`(SELECT "id" FROM "Database" WHERE "deletedAtMs" IS NULL)`;
  return "databaseId" in scope
    ? Prisma.sql`(${scope.databaseId})`
    : Prisma.sql`(SELECT "id" FROM "Database" WHERE "namespaceId" = ${scope.namespaceId} AND "deletedAtMs" IS NULL)`;
}

function scopeOf(scope: ExposureScope) {
  if (scope === "all") return { database: { deletedAtMs: null } };
  return "databaseId" in scope ? scope : { database: { ...scope, deletedAtMs: null } };
}

/** Of each database the newest whole backup in a bucket, and the newest one on the agent's disk. Damaged and deleted ones do not count. */
function newestBackups(db: MetadataReader, within: Prisma.Sql): Promise<BackupRow[]> {
  return db.$queryRaw<BackupRow[]>`
    SELECT * FROM (
      SELECT b."databaseId", b."key", b."bookmark", b."timeMs", b."encrypted", b."storeId", s."bucket", s."endpoint",
        ROW_NUMBER() OVER (
          PARTITION BY b."databaseId", CASE WHEN b."storeId" IS NULL THEN 0 ELSE 1 END
          ORDER BY b."timeMs" DESC, b."createdAtMs" DESC
        ) AS "age"
      FROM "Backup" b LEFT JOIN "BackupStore" s ON s."id" = b."storeId"
      WHERE b."status" = 'completed' AND b."kind" = 'physical' AND b."timeMs" IS NOT NULL AND b."damage" IS NULL
        AND b."deletedAtMs" IS NULL AND b."purgedAtMs" IS NULL AND b."databaseId" IN ${within}
    ) AS "newest" WHERE "age" = 1`;
}

/** Of each database the newest drill that passed, and the newest one that failed. */
function newestDrills(db: MetadataReader, within: Prisma.Sql): Promise<DrillRow[]> {
  return db.$queryRaw<DrillRow[]>`
    SELECT * FROM (
      SELECT "id", "databaseId", "status", "createdAtMs", "finishedAtMs", "recoveryMs",
        ROW_NUMBER() OVER (PARTITION BY "databaseId", "status" ORDER BY "createdAtMs" DESC, "id" DESC) AS "age"
      FROM "Drill" WHERE "status" IN ('passed', 'failed') AND "databaseId" IN ${within}
    ) AS "newest" WHERE "age" = 1`;
}

/** Of each database its newest whole restore that completed. */
function newestRestores(db: MetadataReader, within: Prisma.Sql): Promise<RestoreRow[]> {
  return db.$queryRaw<RestoreRow[]>`
    SELECT * FROM (
      SELECT "id", "databaseId", "createdAtMs", "startedAtMs", "finishedAtMs",
        ROW_NUMBER() OVER (PARTITION BY "databaseId" ORDER BY "finishedAtMs" DESC, "id" DESC) AS "age"
      FROM "Restore" WHERE "status" = 'completed' AND "targetKind" <> 'rows' AND "startedAtMs" IS NOT NULL
        AND "finishedAtMs" IS NOT NULL AND "databaseId" IN ${within}
    ) AS "newest" WHERE "age" = 1`;
}

const byDatabase = <Row extends { databaseId: string }>(rows: readonly Row[]) =>
  Map.groupBy(rows, ({ databaseId }) => databaseId);

const toEnded = ({ id, createdAtMs, finishedAtMs }: EndedRow) => ({
  id,
  createdAtMs: Number(createdAtMs),
  finishedAtMs: Number(finishedAtMs ?? createdAtMs),
});

function toCopy({ key, bookmark, timeMs, encrypted, storeId, bucket, endpoint }: BackupRow): CopyFacts {
  return {
    kind: "backup",
    place: storeId === null ? "this_machine" : "elsewhere",
    bucket,
    key,
    bookmark,
    timeMs: Number(timeMs),
    needsKey: Boolean(encrypted),
    isNear: isNear(endpoint ?? ""),
    problem: null,
    behindSinceMs: null,
  };
}

function secondCopyOf(state: SecondCopyState, endpoint: string): CopyFacts | null {
  const copy = asCopy(state);
  return copy && { ...copy, isNear: isNear(endpoint) };
}

/** Whether the address of a bucket names the machine that asks. */
function isNear(endpoint: string): boolean {
  const host = URL.parse(endpoint)?.hostname.replace(/^\[|\]$/g, "") ?? "";
  if (host === "localhost" || host === "::1" || /^127\./.test(host)) return true;
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return own.some(({ address }) => address === host);
}

/** The newest drill that passed, else the newest restore. */
function recoveryOf(passed: DrillRow | null, restore: RestoreRow | null): MeasuredRecovery | null {
  if (passed && passed.recoveryMs !== null) {
    const { id, finishedAtMs } = toEnded(passed);
    return { by: "drill", id, atMs: finishedAtMs, ms: Number(passed.recoveryMs) };
  }
  if (!restore) return null;
  const { id, finishedAtMs } = toEnded(restore);
  return { by: "restore", id, atMs: finishedAtMs, ms: finishedAtMs - Number(restore.startedAtMs) };
}
