import { changeSchedule } from "../../../../../../../../lib/services/schedules/change-schedule.ts";
import { deleteSchedule } from "../../../../../../../../lib/services/schedules/delete-schedule.ts";
import { getSchedule } from "../../../../../../../../lib/services/schedules/get-schedule.ts";
import { scheduleDetailAnswer } from "../../../../../../../../lib/web/answers/backup-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, noContent, route } from "../../../../../../../../lib/web/route.ts";
import { changeScheduleBodySchema } from "../../../../../../../../lib/web/schedule-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readSchedule",
      tag: "Schedules",
      summary: "Read a schedule and its latest runs",
      action: "schedule.list",
      params: { id: "The schedule's id." },
      answers: { 200: { says: "The schedule.", schema: scheduleDetailAnswer } },
    },
    handle: async ({ ctx, param }) =>
      json(await getSchedule(ctx, { namespace: param("ns"), database: param("db"), schedule: param("id") })),
  }),
  PATCH: endpoint({
    operation: {
      id: "changeSchedule",
      tag: "Schedules",
      summary: "Change a schedule",
      action: "schedule.change",
      params: { id: "The schedule's id." },
      answers: { 200: { says: "The schedule.", schema: scheduleDetailAnswer } },
      errors: [...GUARDED_ERRORS, "not_supported"],
    },
    body: changeScheduleBodySchema,
    async handle({ ctx, param, body: { version, planDigest, ...change } }) {
      const of = { namespace: param("ns"), database: param("db"), schedule: param("id") };
      return json(await changeSchedule(ctx, { ...of, change, version, planDigest }));
    },
  }),
  DELETE: endpoint({
    operation: {
      id: "deleteSchedule",
      tag: "Schedules",
      summary: "Delete a schedule",
      action: "schedule.delete",
      params: { id: "The schedule's id." },
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS],
    },
    async handle({ ctx, param }) {
      await deleteSchedule(ctx, { namespace: param("ns"), database: param("db"), schedule: param("id") });
      return noContent();
    },
  }),
});
