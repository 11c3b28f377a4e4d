import { pageSchedules } from "../../../../../lib/services/schedules/get-schedule.ts";
import { pageOf } from "../../../../../lib/web/answers/answer-schema.ts";
import { scheduleAnswer } from "../../../../../lib/web/answers/backup-answers.ts";
import { pageQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listAllSchedules",
      tag: "Schedules",
      summary: "List the schedules of all databases",
      action: "schedule.list",
      answers: {
        200: { says: "A page, oldest first.", schema: pageOf("schedules", scheduleAnswer) },
      },
    },
    query: pageQuerySchema,
    handle: async ({ ctx, param, query }) => json(await pageSchedules(ctx, { namespace: param("ns"), ...query })),
  }),
});
