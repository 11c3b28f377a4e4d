import { getAlarm } from "../../../../../../lib/services/alarms/list-alarms.ts";
import { alarmAnswer } from "../../../../../../lib/web/answers/alarm-answers.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "getAlarm",
      tag: "Alarms",
      summary: "Read an alarm",
      action: "alarm.list",
      params: { id: "The alarm's id." },
      answers: { 200: { says: "The alarm.", schema: alarmAnswer } },
    },
    handle: async ({ ctx, param }) => json(await getAlarm(ctx, { namespace: param("ns"), id: param("id") })),
  }),
});
