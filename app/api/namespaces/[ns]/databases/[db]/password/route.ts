import { rotatePassword } from "../../../../../../../lib/services/databases/rotate-password.ts";
import { rotated } from "../../../../../../../lib/web/answers/database-answers.ts";
import { GUARDED_ERRORS, HISTORY_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "rotatePassword",
      tag: "Databases",
      summary: "Give a hosted cluster a new password",
      action: "database.rotate-password",
      answers: { 200: { says: "The connection string from now on.", schema: rotated } },
      errors: [...GUARDED_ERRORS, ...HISTORY_ERRORS, "sql_error"],
    },
    idempotent: true,
    handle: async ({ ctx, param }) =>
      json(await rotatePassword(ctx, { namespace: param("ns"), database: param("db") })),
  }),
});
