"use server";

import { z } from "zod";
import { acknowledgeAlarm as acknowledge, resolveAlarm as resolve } from "../../lib/services/alarms/change-alarm.ts";
import { setAlarmSettings, testAlarms } from "../../lib/services/alarms/settings.ts";
import { action } from "../../lib/web/action.ts";
import { acknowledgeBodySchema, alarmSettingsBodySchema, resolveBodySchema } from "../../lib/web/alarm-schemas.ts";

const inNamespace = { namespace: z.string().max(64) };
const ofAlarm = { ...inNamespace, id: z.uuid() };

/** Says that one knows of an alarm. */
export const acknowledgeAlarm = action(acknowledgeBodySchema.extend(ofAlarm), (ctx, { note = null, ...of }) =>
  acknowledge(ctx, { ...of, note }),
);

/** Says why an alarm needs nothing more. */
export const resolveAlarm = action(resolveBodySchema.extend(ofAlarm), (ctx, input) => resolve(ctx, input));

/** Sets who is told of alarms. */
export const saveAlarmSettings = action(
  alarmSettingsBodySchema.extend(inNamespace),
  (ctx, { namespace, version, ...settings }) => setAlarmSettings(ctx, { namespace, settings, version }),
);

/** Sends a message to everybody who is told. */
export const sendTestAlarm = action(z.strictObject(inNamespace), (ctx, input) => testAlarms(ctx, input));
