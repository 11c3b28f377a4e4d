import type { AlarmsView, AlarmView, TellingView } from "../../client/alarm-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { AlarmState } from "../../domain/alarm.ts";
import { readEnv } from "../../env.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { alarmsOf, findAlarm } from "./find-alarm.ts";
import { readHeartbeat } from "./heartbeat.ts";
import { findRecipients } from "./tell-steps.ts";
import { toAlarmViews } from "./to-alarm-view.ts";

export const ALARMS_A_PAGE = 50;

export type ListAlarmsInput = PageInput & {
  namespace: string;
  /** `open`: raised and acknowledged ones; left out: all. */
  state?: AlarmState | "open" | undefined;
  /** Those of one database, by id or name. */
  database?: string | undefined;
};

/** The alarms that the caller may see, newest first, with how they are told. */
export function listAlarms(
  ctx: CallContext,
  { namespace, state, database, after, limit = ALARMS_A_PAGE }: ListAlarmsInput,
): Promise<AlarmsView> {
  return perform(ctx, "alarm.list", { namespace }, async ({ db, principal }) => {
    const databaseId = database === undefined ? null : (await findDatabase(db, principal, database)).id;
    const visible = alarmsOf(principal);
    const states = state === "open" ? ["raised", "acknowledged"] : [state];
    const of = ["alarms", principal.namespace.id, state ?? null, databaseId];
    const page = openPage(of, { after, limit }, NEWEST_FIRST);
    const found = await db.alarm.findMany({
      where: {
        AND: [
          visible,
          page.behind,
          state === undefined ? {} : { state: { in: states as string[] } },
          databaseId === null ? {} : { databaseId },
        ],
      },
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    const count = (one: AlarmState) => db.alarm.count({ where: { ...visible, state: one } });
    return {
      alarms: await toAlarmViews(db, rows),
      next,
      counts: { raised: await count("raised"), acknowledged: await count("acknowledged") },
      telling: await readTelling(db, principal.namespace.id),
    };
  });
}

/** One alarm. */
export function getAlarm(ctx: CallContext, { namespace, id }: { namespace: string; id: string }): Promise<AlarmView> {
  return perform(ctx, "alarm.list", { namespace }, async ({ db, principal }) => {
    const [view] = await toAlarmViews(db, [await findAlarm(db, principal, id)]);
    if (!view) throw new Error("a row has a view");
    return view;
  });
}

async function readTelling(db: MetadataReader, namespaceId: string): Promise<TellingView> {
  const failing = await db.alarmMail.findFirst({
    where: { namespaceId, error: { not: null }, status: { in: ["pending", "failed"] } },
    orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
  });
  const sent = await db.alarmMail.findFirst({
    where: { namespaceId, status: "sent" },
    orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
  });
  // What was given up before something arrived is over.
  const isFailing = failing && (failing.status === "pending" || !sent || failing.createdAtMs > sent.createdAtMs);
  return {
    mail: {
      configured: readEnv().mail !== null,
      recipients: (await findRecipients(db, namespaceId)).length,
      pending: await db.alarmMail.count({ where: { namespaceId, status: "pending" } }),
      error: isFailing ? failing.error : null,
      lastSentAtMs: toNumber(sent?.endedAtMs ?? null),
    },
    webhooks: await db.webhook.count({ where: { namespaceId, active: true, deletedAtMs: null } }),
    heartbeat: await readHeartbeat(db, namespaceId),
  };
}
