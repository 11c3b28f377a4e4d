import { changeSchedule } from "../../../../../../../../lib/services/schedules/change-schedule.ts";
import { deleteSchedule } from "../../../../../../../../lib/services/schedules/delete-schedule.ts";
import { getSchedule } from "../../../../../../../../lib/services/schedules/get-schedule.ts";
import { endpoint, json, noContent, route } from "../../../../../../../../lib/web/route.ts";
import { changeScheduleBodySchema } from "../../../../../../../../lib/web/schedule-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) =>
      json(await getSchedule(ctx, { namespace: param("ns"), database: param("db"), schedule: param("id") })),
  }),
  PATCH: endpoint({
    body: changeScheduleBodySchema,
    async handle({ ctx, param, body: { version, planDigest, ...change } }) {
      const of = { namespace: param("ns"), database: param("db"), schedule: param("id") };
      return json(await changeSchedule(ctx, { ...of, change, version, planDigest }));
    },
  }),
  DELETE: endpoint({
    async handle({ ctx, param }) {
      await deleteSchedule(ctx, { namespace: param("ns"), database: param("db"), schedule: param("id") });
      return noContent();
    },
  }),
});
