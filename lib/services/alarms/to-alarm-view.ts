import type { AlarmView } from "../../client/alarm-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import { type AlarmKind, type AlarmState, alarmTitle, alarmWeight } from "../../domain/alarm.ts";
import type { AlarmRow } from "./decide-alarms.ts";

/** Alarms as routes and pages show them, in the order given. */
export async function toAlarmViews(db: MetadataReader, rows: readonly AlarmRow[]): Promise<AlarmView[]> {
  const ids = [...new Set(rows.flatMap(({ databaseId }) => databaseId ?? []))];
  const databases = await db.database.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
  const names = new Map(databases.map(({ id, name }) => [id, name]));
  const views: AlarmView[] = [];
  for (const row of rows) views.push(toView(row, names, await countMails(db, row)));
  return views;
}

async function countMails(db: MetadataReader, { id, namespaceId }: AlarmRow): Promise<AlarmView["mails"]> {
  const counted = await db.alarmMail.groupBy({
    by: ["status"],
    where: { namespaceId, alarms: { contains: id } },
    _count: true,
  });
  const of = (status: string) => counted.find((one) => one.status === status)?._count ?? 0;
  return { sent: of("sent"), pending: of("pending"), failed: of("failed") };
}

function toView(row: AlarmRow, names: ReadonlyMap<string, string>, mails: AlarmView["mails"]): AlarmView {
  const kind = row.kind as AlarmKind;
  const { databaseId, acknowledgedAtMs, resolvedAtMs } = row;
  return {
    id: row.id,
    kind,
    title: alarmTitle(kind),
    weight: alarmWeight(kind),
    state: row.state as AlarmState,
    database: databaseId === null ? null : { id: databaseId, name: names.get(databaseId) ?? "" },
    agentId: row.agentId,
    text: row.text,
    remedy: row.remedy,
    figures: JSON.parse(row.figures) as AlarmView["figures"],
    sinceMs: toNumber(row.sinceMs),
    raisedAtMs: toNumber(row.createdAtMs),
    acknowledged:
      acknowledgedAtMs === null
        ? null
        : { atMs: toNumber(acknowledgedAtMs), by: row.acknowledgedByName ?? "", note: row.note },
    resolved:
      resolvedAtMs === null ? null : { atMs: toNumber(resolvedAtMs), by: row.resolvedByName, reason: row.reason ?? "" },
    mails,
  };
}
