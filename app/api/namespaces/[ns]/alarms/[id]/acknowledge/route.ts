import { acknowledgeAlarm } from "../../../../../../../lib/services/alarms/change-alarm.ts";
import { acknowledgeBodySchema } from "../../../../../../../lib/web/alarm-schemas.ts";
import { alarmAnswer } from "../../../../../../../lib/web/answers/alarm-answers.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "acknowledgeAlarm",
      tag: "Alarms",
      summary: "Say that you know of an alarm",
      action: "alarm.acknowledge",
      params: { id: "The alarm's id." },
      answers: { 200: { says: "The alarm as it is now.", schema: alarmAnswer } },
      errors: ["conflict"],
    },
    body: acknowledgeBodySchema,
    handle: async ({ ctx, param, body: { note = null } }) =>
      json(await acknowledgeAlarm(ctx, { namespace: param("ns"), id: param("id"), note })),
  }),
});
