import { listSchedules } from "../../../../../lib/services/schedules/get-schedule.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json({ schedules: await listSchedules(ctx, { namespace: param("ns") }) }),
  }),
});
