import { deleteDatabase } from "../../../../../../lib/services/databases/delete-database.ts";
import { getDatabase } from "../../../../../../lib/services/databases/get-database.ts";
import { getDatabaseDetail } from "../../../../../../lib/services/databases/read-connection.ts";
import { updateDatabase } from "../../../../../../lib/services/databases/update-database.ts";
import { databaseQuerySchema, updateDatabaseSchema } from "../../../../../../lib/web/api-schemas.ts";
import { endpoint, json, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: databaseQuerySchema,
    async handle({ ctx, param, query }) {
      const of = { namespace: param("ns"), database: param("db") };
      if (query.connectionString === "true") return json(await getDatabaseDetail(ctx, of));
      return json({ ...(await getDatabase(ctx, of)), connectionString: null });
    },
  }),
  PATCH: endpoint({
    body: updateDatabaseSchema,
    handle: async ({ ctx, param, body }) =>
      json(await updateDatabase(ctx, { namespace: param("ns"), database: param("db"), ...body })),
  }),
  DELETE: endpoint({
    async handle({ ctx, param }) {
      await deleteDatabase(ctx, { namespace: param("ns"), database: param("db") });
      return noContent();
    },
  }),
});
