import { z } from "zod";
import type { AlarmSettingsView, AlarmsView, AlarmView, TellingView } from "../../client/alarm-types.ts";
import { ALARM_KINDS, ALARM_STATES } from "../../domain/alarm.ts";
import { answerOf, count, countOrNull, nextPage, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";

export const alarmAnswer = answerOf<AlarmView>()(
  z
    .strictObject({
      id: text,
      kind: z.enum(ALARM_KINDS),
      title: text,
      weight: z.enum(["urgent", "warning"]),
      state: z.enum(ALARM_STATES),
      database: z.strictObject({ id: text, name: text }).nullable(),
      agentId: textOrNull.meta({ description: "Where it is about an agent." }),
      text: text.meta({ description: "What is wrong." }),
      remedy: text.meta({ description: "What to do about it." }),
      figures: z.record(text, z.union([text, z.number(), z.boolean(), z.null()])),
      sinceMs: time,
      raisedAtMs: time,
      acknowledged: z.strictObject({ atMs: time, by: text, note: textOrNull }).nullable(),
      resolved: z
        .strictObject({ atMs: time, by: textOrNull.meta({ description: "Null: its cause was gone." }), reason: text })
        .nullable(),
      mails: z
        .strictObject({ sent: count, pending: count, failed: count })
        .meta({ description: "Messages about it by e-mail." }),
    })
    .meta({ id: "Alarm" }),
);

const telling = answerOf<TellingView>()(
  z
    .strictObject({
      mail: z.strictObject({
        configured: z.boolean(),
        recipients: count,
        pending: count,
        error: textOrNull,
        lastSentAtMs: timeOrNull,
      }),
      webhooks: count,
      heartbeat: z.strictObject({ configured: z.boolean(), ok: z.boolean(), atMs: timeOrNull, text: textOrNull }),
    })
    .meta({ id: "AlarmTelling", description: "How alarms leave this installation." }),
);

export const alarmsAnswer = answerOf<AlarmsView>()(
  z
    .strictObject({
      alarms: z.array(alarmAnswer),
      next: nextPage,
      counts: z.strictObject({ raised: count, acknowledged: count }),
      telling,
    })
    .meta({ id: "Alarms" }),
);

export const alarmSettingsAnswer = answerOf<AlarmSettingsView>()(
  z
    .strictObject({
      toAdmins: z.boolean(),
      recipients: z.array(text),
      massDeleteRows: countOrNull.meta({ description: "Rows that one commit takes away; null: never an alarm." }),
      version: count,
      told: z.array(text).meta({ description: "Everybody who is told by e-mail now." }),
      from: textOrNull,
      test: z
        .strictObject({
          atMs: time,
          recipients: count,
          status: z.enum(["pending", "sent", "failed"]),
          error: textOrNull,
        })
        .nullable(),
    })
    .meta({ id: "AlarmSettings" }),
);
