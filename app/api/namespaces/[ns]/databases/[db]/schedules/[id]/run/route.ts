import { runSchedule } from "../../../../../../../../../lib/services/schedules/run-schedule.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    async handle({ ctx, param }) {
      const of = { namespace: param("ns"), database: param("db"), schedule: param("id") };
      return json(await runSchedule(ctx, of), 202);
    },
  }),
});
