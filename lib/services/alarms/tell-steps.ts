import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { type AlarmKind, alarmTitle, alarmWeight } from "../../domain/alarm.ts";
import { readEnv } from "../../env.ts";
import { emitEvent } from "../events/emit-event.ts";
import { readAlarmSettings } from "./alarm-settings.ts";
import type { SteppedAlarm } from "./step-alarm.ts";
import { writeAlarmMail } from "./write-alarm-mail.ts";

/**
 * Tells of steps of alarms, in the transaction in which they are taken: an event for each, and one message for each address however many
 * they are. Without an e-mail server none is written: nobody wants last week's alarms on the day that one is set up.
 */
export async function tellSteps(tx: MetadataTransaction, steps: readonly SteppedAlarm[], nowMs: number): Promise<void> {
  for (const step of steps) await emitStep(tx, step);
  if (readEnv().mail === null) return;
  const namespaces = new Set(steps.map(({ alarm }) => alarm.namespaceId));
  for (const namespaceId of namespaces) {
    await queueMails(
      tx,
      namespaceId,
      steps.filter(({ alarm }) => alarm.namespaceId === namespaceId),
      nowMs,
    );
  }
}

async function emitStep(tx: MetadataTransaction, { alarm, step, by, words }: SteppedAlarm): Promise<void> {
  const kind = alarm.kind as AlarmKind;
  await emitEvent(tx, {
    namespaceId: alarm.namespaceId,
    databaseId: alarm.databaseId,
    type: `alarm.${step}`,
    data: {
      alarm: {
        id: alarm.id,
        kind,
        title: alarmTitle(kind),
        weight: alarmWeight(kind),
        state: alarm.state,
        text: alarm.text,
        remedy: alarm.remedy,
        since: new Date(Number(alarm.sinceMs)).toISOString(),
        figures: JSON.parse(alarm.figures) as Record<string, unknown>,
        by,
        ...(step === "acknowledged" && { note: words }),
        ...(step === "resolved" && { reason: words }),
      },
      database: alarm.databaseId === null ? null : { id: alarm.databaseId, name: await nameOf(tx, alarm.databaseId) },
    },
  });
}

async function queueMails(
  tx: MetadataTransaction,
  namespaceId: string,
  steps: readonly SteppedAlarm[],
  nowMs: number,
): Promise<void> {
  const namespace = await tx.namespace.findUniqueOrThrow({ where: { id: namespaceId } });
  const recipients = await findRecipients(tx, namespaceId);
  const named: (SteppedAlarm & { database: string | null })[] = [];
  for (const step of steps) {
    const { databaseId } = step.alarm;
    named.push({ ...step, database: databaseId === null ? null : await nameOf(tx, databaseId) });
  }
  const mail = writeAlarmMail(named, { namespace: namespace.name, publicUrl: readEnv().publicUrl });
  const alarms = JSON.stringify(steps.map(({ alarm }) => alarm.id));
  for (const recipient of recipients) await queueMail(tx, { namespaceId, recipient, alarms, ...mail }, nowMs);
}

/** Writes down a message that is to be sent. */
export async function queueMail(
  tx: MetadataTransaction,
  mail: { namespaceId: string; recipient: string; alarms: string; subject: string; body: string },
  nowMs: number,
): Promise<string> {
  const id = randomUUID();
  const at = BigInt(nowMs);
  await tx.alarmMail.create({ data: { id, ...mail, status: "pending", nextAtMs: at, createdAtMs: at } });
  return id;
}

/** Everybody of a namespace who is told by e-mail, each once. */
export async function findRecipients(tx: MetadataTransaction, namespaceId: string): Promise<string[]> {
  const { toAdmins, recipients } = await readAlarmSettings(tx, namespaceId);
  const admins = toAdmins
    ? await tx.membership.findMany({
        where: { namespaceId, role: { in: ["owner", "admin"] } },
        include: { user: { select: { email: true } } },
        orderBy: { createdAtMs: "asc" },
      })
    : [];
  return [...new Set([...admins.map(({ user }) => user.email), ...recipients])];
}

async function nameOf(tx: MetadataTransaction, databaseId: string): Promise<string> {
  return (await tx.database.findUnique({ where: { id: databaseId }, select: { name: true } }))?.name ?? "";
}
