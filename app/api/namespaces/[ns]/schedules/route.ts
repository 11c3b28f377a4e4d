import { z } from "zod";
import { listSchedules } from "../../../../../lib/services/schedules/get-schedule.ts";
import { scheduleAnswer } from "../../../../../lib/web/answers/backup-answers.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listAllSchedules",
      tag: "Schedules",
      summary: "List the schedules of all databases",
      action: "schedule.list",
      answers: {
        200: { says: "By database and name.", schema: z.strictObject({ schedules: z.array(scheduleAnswer) }) },
      },
    },
    handle: async ({ ctx, param }) => json({ schedules: await listSchedules(ctx, { namespace: param("ns") }) }),
  }),
});
