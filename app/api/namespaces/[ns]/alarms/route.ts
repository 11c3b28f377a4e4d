import { listAlarms } from "../../../../../lib/services/alarms/list-alarms.ts";
import { alarmsQuerySchema } from "../../../../../lib/web/alarm-schemas.ts";
import { alarmsAnswer } from "../../../../../lib/web/answers/alarm-answers.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listAlarms",
      tag: "Alarms",
      summary: "List the alarms, with how they are told",
      action: "alarm.list",
      answers: { 200: { says: "A page, newest first.", schema: alarmsAnswer } },
    },
    query: alarmsQuerySchema,
    handle: async ({ ctx, param, query }) => json(await listAlarms(ctx, { namespace: param("ns"), ...query })),
  }),
});
