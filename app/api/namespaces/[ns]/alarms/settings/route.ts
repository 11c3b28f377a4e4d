import { getAlarmSettings, setAlarmSettings } from "../../../../../../lib/services/alarms/settings.ts";
import { alarmSettingsBodySchema } from "../../../../../../lib/web/alarm-schemas.ts";
import { alarmSettingsAnswer } from "../../../../../../lib/web/answers/alarm-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "getAlarmSettings",
      tag: "Alarms",
      summary: "Read who is told of alarms",
      action: "alarm.settings",
      answers: { 200: { says: "The settings, with the last test.", schema: alarmSettingsAnswer } },
    },
    handle: async ({ ctx, param }) => json(await getAlarmSettings(ctx, { namespace: param("ns") })),
  }),
  PUT: endpoint({
    operation: {
      id: "setAlarmSettings",
      tag: "Alarms",
      summary: "Set who is told of alarms",
      action: "alarm.change",
      answers: { 200: { says: "The settings as they are now.", schema: alarmSettingsAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    body: alarmSettingsBodySchema,
    async handle({ ctx, param, body: { version, ...settings } }) {
      return json(await setAlarmSettings(ctx, { namespace: param("ns"), settings, version }));
    },
  }),
});
