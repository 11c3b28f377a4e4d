import { resolveAlarm } from "../../../../../../../lib/services/alarms/change-alarm.ts";
import { resolveBodySchema } from "../../../../../../../lib/web/alarm-schemas.ts";
import { alarmAnswer } from "../../../../../../../lib/web/answers/alarm-answers.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "resolveAlarm",
      tag: "Alarms",
      summary: "Say why an alarm needs nothing more",
      action: "alarm.resolve",
      params: { id: "The alarm's id." },
      answers: { 200: { says: "The alarm as it is now.", schema: alarmAnswer } },
      errors: ["conflict"],
    },
    body: resolveBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await resolveAlarm(ctx, { namespace: param("ns"), id: param("id"), ...body })),
  }),
});
