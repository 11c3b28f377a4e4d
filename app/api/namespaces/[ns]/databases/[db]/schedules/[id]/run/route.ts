import { z } from "zod";
import { runSchedule } from "../../../../../../../../../lib/services/schedules/run-schedule.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "runSchedule",
      tag: "Schedules",
      summary: "Run a schedule now",
      action: "backup.create",
      params: { id: "The schedule's id." },
      answers: { 202: { says: "The backup that it makes.", schema: z.strictObject({ backupId: z.string() }) } },
      errors: ["conflict", "not_protected"],
    },
    idempotent: true,
    async handle({ ctx, param }) {
      const of = { namespace: param("ns"), database: param("db"), schedule: param("id") };
      return json(await runSchedule(ctx, of), 202);
    },
  }),
});
