import { findProject } from "../../../../../../lib/services/databases/find-project.ts";
import { getDefaultSchedule, setDefaultSchedule } from "../../../../../../lib/services/schedules/default-schedule.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";
import { namingV1Fields } from "../../../../../../lib/web/v1-restore-schemas.ts";
import { toV1Schedule, v1ScheduleSchema } from "../../../../../../lib/web/v1-schedule-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) =>
      json(toV1Schedule(await getDefaultSchedule(ctx, await findProject(ctx, param("id"))))),
  }),
  PUT: endpoint({
    body: v1ScheduleSchema,
    async handle({ ctx, param, body: { retention_days: retentionDays, plan_digest: planDigest, ...daily } }) {
      const of = await findProject(ctx, param("id"));
      const set = { ...of, daily: { ...daily, retentionDays }, planDigest };
      return json(toV1Schedule(await namingV1Fields(() => setDefaultSchedule(ctx, set))));
    },
  }),
});
