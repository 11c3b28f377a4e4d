import type { ScheduleDetail, ScheduleView } from "../../client/schedule-types.ts";
import { sortSchedules } from "../../client/sort-rows.ts";
import { type MetadataReader, metadata } from "../../db/client.ts";
import { readEveryPage } from "../../domain/read-every-page.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, visibleTo } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { A_PAGE, OLDEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { findSchedule } from "./find-schedule.ts";
import { toRunViews, toScheduleView, toScheduleViews } from "./to-schedule-view.ts";

const RUNS_SHOWN = 50;

/** All schedules of one database, by name; without a database those of the whole namespace, by database. */
export async function listSchedules(
  ctx: CallContext,
  of: { namespace: string; database?: string },
): Promise<ScheduleView[]> {
  const pages = await readEveryPage((after) => pageSchedules(ctx, { ...of, after }));
  return sortSchedules(pages.flatMap(({ schedules }) => schedules));
}

/** A page of them, oldest first; `next` is what `after` takes for the one after it. */
export function pageSchedules(
  ctx: CallContext,
  { namespace, database, after, limit = A_PAGE }: { namespace: string; database?: string } & PageInput,
): Promise<{ schedules: ScheduleView[]; next: string | null }> {
  return perform(ctx, "schedule.list", { namespace }, async ({ db, principal }) => {
    const { id: namespaceId } = principal.namespace;
    const row = database === undefined ? null : await findDatabase(db, principal, database);
    const of = row
      ? { databaseId: row.id }
      : { namespaceId, database: { AND: [visibleTo(principal)], deletedAtMs: null } };
    const page = openPage(["schedules", row?.id ?? namespaceId], { after, limit }, OLDEST_FIRST);
    const found = await db.schedule.findMany({
      where: { ...of, deletedAtMs: null, AND: [page.behind] },
      include: { database: { select: { id: true, name: true } } },
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    return { schedules: await toScheduleViews(db, rows, Date.now()), next };
  });
}

/** One schedule with its latest runs. */
export function getSchedule(
  ctx: CallContext,
  { namespace, database, schedule }: OfDatabase & { schedule: string },
): Promise<ScheduleDetail> {
  return perform(ctx, "schedule.list", { namespace }, async ({ db, principal }) => {
    const { id } = await findSchedule(db, await findDatabase(db, principal, database), schedule);
    return readSchedule(id, db);
  });
}

/** One schedule as it stands, for whoever was authorised already. */
export async function readSchedule(id: string, db: MetadataReader = metadata()): Promise<ScheduleDetail> {
  const row = await db.schedule.findUniqueOrThrow({
    where: { id },
    include: { database: { select: { id: true, name: true } } },
  });
  const rows = await db.scheduleRun.findMany({
    where: { scheduleId: id },
    orderBy: { dueMs: "desc" },
    take: RUNS_SHOWN,
  });
  const runs = await toRunViews(db, rows);
  const lastBackup = await readLastBackup(db, row.databaseId, row.kind);
  return { ...toScheduleView(row, runs[0] ?? null, Date.now()), runs, lastBackup };
}

async function readLastBackup(
  db: MetadataReader,
  databaseId: string,
  kind: string,
): Promise<ScheduleDetail["lastBackup"]> {
  const last = await db.backup.findFirst({
    where: { databaseId, kind, status: "completed" },
    orderBy: [{ createdAtMs: "desc" }, { id: "asc" }],
    select: { sizeBytes: true, startedAtMs: true, finishedAtMs: true },
  });
  if (last?.sizeBytes == null || last.startedAtMs === null || last.finishedAtMs === null) return null;
  return { sizeBytes: Number(last.sizeBytes), tookMs: Number(last.finishedAtMs - last.startedAtMs) };
}
