import { createSchedule } from "../../../../../../../lib/services/schedules/create-schedule.ts";
import { listSchedules } from "../../../../../../../lib/services/schedules/get-schedule.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";
import { scheduleBodySchema } from "../../../../../../../lib/web/schedule-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) =>
      json({ schedules: await listSchedules(ctx, { namespace: param("ns"), database: param("db") }) }),
  }),
  POST: endpoint({
    body: scheduleBodySchema,
    async handle({ ctx, param, body }) {
      const made = await createSchedule(ctx, { namespace: param("ns"), database: param("db"), schedule: body });
      const of = `/api/namespaces/${param("ns")}/databases/${made.database.id}`;
      return json(made, 201, { location: `${of}/schedules/${made.id}` });
    },
  }),
});
