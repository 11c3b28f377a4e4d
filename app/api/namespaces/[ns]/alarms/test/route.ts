import { testAlarms } from "../../../../../../lib/services/alarms/settings.ts";
import { alarmSettingsAnswer } from "../../../../../../lib/web/answers/alarm-answers.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "testAlarms",
      tag: "Alarms",
      summary: "Send a test message to everybody who is told of alarms",
      action: "alarm.test",
      answers: { 202: { says: "It is on its way; `test` says how it comes out.", schema: alarmSettingsAnswer } },
      errors: ["conflict", "rate_limited"],
    },
    idempotent: true,
    handle: async ({ ctx, param }) => json(await testAlarms(ctx, { namespace: param("ns") }), 202),
  }),
});
