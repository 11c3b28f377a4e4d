import { createSchedule } from "../../../../../../../lib/services/schedules/create-schedule.ts";
import { pageSchedules } from "../../../../../../../lib/services/schedules/get-schedule.ts";
import { pageOf } from "../../../../../../../lib/web/answers/answer-schema.ts";
import { scheduleAnswer, scheduleDetailAnswer } from "../../../../../../../lib/web/answers/backup-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { pageQuerySchema } from "../../../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";
import { scheduleBodySchema } from "../../../../../../../lib/web/schedule-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listSchedules",
      tag: "Schedules",
      summary: "List the schedules of a database",
      action: "schedule.list",
      answers: { 200: { says: "A page, oldest first.", schema: pageOf("schedules", scheduleAnswer) } },
    },
    query: pageQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await pageSchedules(ctx, { namespace: param("ns"), database: param("db"), ...query })),
  }),
  POST: endpoint({
    operation: {
      id: "createSchedule",
      tag: "Schedules",
      summary: "Make a schedule",
      action: "schedule.change",
      answers: { 201: { says: "The schedule.", schema: scheduleDetailAnswer, headers: ["location"] } },
      errors: [...GUARDED_ERRORS, "not_supported"],
    },
    idempotent: true,
    body: scheduleBodySchema,
    async handle({ ctx, param, body }) {
      const made = await createSchedule(ctx, { namespace: param("ns"), database: param("db"), schedule: body });
      const of = `/api/namespaces/${param("ns")}/databases/${made.database.id}`;
      return json(made, 201, { location: `${of}/schedules/${made.id}` });
    },
  }),
});
