import { findProject } from "../../../../../../lib/services/databases/find-project.ts";
import { getDefaultSchedule, setDefaultSchedule } from "../../../../../../lib/services/schedules/default-schedule.ts";
import { v1ScheduleAnswer } from "../../../../../../lib/web/answers/v1-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";
import { namingV1Fields } from "../../../../../../lib/web/v1-restore-schemas.ts";
import { toV1Schedule, v1ScheduleSchema } from "../../../../../../lib/web/v1-schedule-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "v1ReadDefaultSchedule",
      tag: "v1 projects",
      summary: "Read the daily schedule",
      action: "schedule.list",
      params: { id: "The project's id." },
      answers: { 200: { says: "The schedule.", schema: v1ScheduleAnswer } },
    },
    handle: async ({ ctx, param }) =>
      json(toV1Schedule(await getDefaultSchedule(ctx, await findProject(ctx, param("id"))))),
  }),
  PUT: endpoint({
    operation: {
      id: "v1SetDefaultSchedule",
      tag: "v1 projects",
      summary: "Set the daily schedule",
      action: "schedule.change",
      params: { id: "The project's id." },
      answers: { 200: { says: "The schedule.", schema: v1ScheduleAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    body: v1ScheduleSchema,
    async handle({ ctx, param, body: { retention_days: retentionDays, plan_digest: planDigest, ...daily } }) {
      const of = await findProject(ctx, param("id"));
      const set = { ...of, daily: { ...daily, retentionDays }, planDigest };
      return json(toV1Schedule(await namingV1Fields(() => setDefaultSchedule(ctx, set))));
    },
  }),
});
