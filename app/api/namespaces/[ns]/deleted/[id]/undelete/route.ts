import { undeleteDatabase } from "../../../../../../../lib/services/databases/undelete-database.ts";
import { databaseAnswer } from "../../../../../../../lib/web/answers/database-answers.ts";
import { undeleteBodySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { GUARDED_ERRORS, HISTORY_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "undeleteDatabase",
      tag: "Databases",
      summary: "Bring a deleted database back",
      action: "database.undelete",
      answers: { 200: { says: "It is back.", schema: databaseAnswer } },
      errors: [...GUARDED_ERRORS, ...HISTORY_ERRORS],
    },
    idempotent: true,
    body: undeleteBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await undeleteDatabase(ctx, { namespace: param("ns"), databaseId: param("id"), name: body.name })),
  }),
});
