import { pageDeletedDatabases } from "../../../../../lib/services/databases/list-deleted-databases.ts";
import { pageOf } from "../../../../../lib/web/answers/answer-schema.ts";
import { deletedDatabaseAnswer } from "../../../../../lib/web/answers/database-answers.ts";
import { pageQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listDeletedDatabases",
      tag: "Databases",
      summary: "List the databases that can be brought back",
      action: "database.list",
      answers: {
        200: { says: "A page, the latest first.", schema: pageOf("databases", deletedDatabaseAnswer) },
      },
    },
    query: pageQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await pageDeletedDatabases(ctx, { namespace: param("ns"), ...query })),
  }),
});
