import type { AlarmSettingsView } from "../../client/alarm-types.ts";
import type { MetadataTransaction } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { AlarmSettingsDraft } from "../../domain/alarm.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { readAlarmSettings } from "./alarm-settings.ts";
import { findRecipients, queueMail } from "./tell-steps.ts";
import { writeTestMail } from "./write-alarm-mail.ts";

/** Test messages go to addresses outside, and before alarms that came later. */
const TEST_EVERY_MS = 60_000;

/** Who of a namespace is told of alarms, and how the last test came out. */
export function getAlarmSettings(ctx: CallContext, { namespace }: { namespace: string }): Promise<AlarmSettingsView> {
  return perform(ctx, "alarm.settings", { namespace }, ({ db, principal }) => toView(db, principal.namespace.id));
}

/**
 * Sets who is told of alarms.
 * @param version of the settings as they were read, 0 where nobody had set any; another one by now is `conflict`
 */
export function setAlarmSettings(
  ctx: CallContext,
  { namespace, settings, version }: { namespace: string; settings: AlarmSettingsDraft; version: number },
): Promise<AlarmSettingsView> {
  return perform(ctx, "alarm.change", { namespace }, async ({ db, principal, note }) => {
    await requireConfirmed(ctx, db);
    const namespaceId = principal.namespace.id;
    const { version: known, ...before } = await readAlarmSettings(db, namespaceId);
    note({ kind: "namespace", id: namespaceId }, { before, after: settings });
    if (known !== version) {
      throw new LastgoodError("conflict", "Who is told of alarms was changed meanwhile.", {
        hint: "Load it again; nothing was saved.",
      });
    }
    const data = {
      toAdmins: settings.toAdmins,
      recipients: JSON.stringify(settings.recipients),
      massDeleteRows: settings.massDeleteRows,
      version: version + 1,
      updatedAtMs: BigInt(Date.now()),
      updatedBy: principal.name,
    };
    await db.alarmSettings.upsert({ where: { namespaceId }, create: { ...data, namespaceId }, update: data });
    return toView(db, namespaceId);
  });
}

/**
 * Has a message sent to everybody who is told of alarms; `test` of the settings says how it came out. Throws `conflict` where there is no
 * e-mail server, or nobody to tell.
 */
export function testAlarms(ctx: CallContext, { namespace }: { namespace: string }): Promise<AlarmSettingsView> {
  return perform(ctx, "alarm.test", { namespace }, async ({ db, principal, note }) => {
    const { id: namespaceId, name } = principal.namespace;
    const { mail, publicUrl } = readEnv();
    if (mail === null) {
      throw new LastgoodError("conflict", "No e-mail server is set.", {
        hint: "Whoever runs this Lastgood sets LASTGOOD_SMTP_URL and LASTGOOD_ALARM_FROM.",
      });
    }
    const recipients = await findRecipients(db, namespaceId);
    if (recipients.length === 0) {
      throw new LastgoodError("conflict", "Nobody is told of alarms by e-mail.", { hint: "List an address first." });
    }
    const last = await readTest(db, namespaceId);
    if (last && (last.status === "pending" || Date.now() - last.atMs < TEST_EVERY_MS)) {
      throw new LastgoodError("rate_limited", "A test message was asked for just now.", {
        hint: "Wait a minute, then ask for another one.",
        retryAfterSeconds: TEST_EVERY_MS / 1000,
      });
    }
    note({ kind: "namespace", id: namespaceId }, { recipients: recipients.length });
    const message = writeTestMail({ namespace: name, publicUrl }, principal.name);
    const nowMs = Date.now();
    for (const recipient of recipients) {
      await queueMail(db, { namespaceId, recipient, alarms: "[]", ...message }, nowMs);
    }
    return toView(db, namespaceId);
  });
}

async function toView(db: MetadataTransaction, namespaceId: string): Promise<AlarmSettingsView> {
  const settings = await readAlarmSettings(db, namespaceId);
  const told = await findRecipients(db, namespaceId);
  return { ...settings, told, from: readEnv().mail?.from ?? null, test: await readTest(db, namespaceId) };
}

async function readTest(db: MetadataTransaction, namespaceId: string): Promise<AlarmSettingsView["test"]> {
  const of = { namespaceId, alarms: "[]" };
  const last = await db.alarmMail.findFirst({ where: of, orderBy: { createdAtMs: "desc" } });
  if (!last) return null;
  const all = await db.alarmMail.findMany({ where: { ...of, createdAtMs: last.createdAtMs } });
  const failed = all.find(({ status }) => status === "failed");
  const isPending = all.some(({ status }) => status === "pending");
  return {
    atMs: toNumber(last.createdAtMs),
    recipients: all.length,
    status: failed ? "failed" : isPending ? "pending" : "sent",
    error: failed?.error ?? null,
  };
}
