import { deleteDatabase } from "../../../../../../lib/services/databases/delete-database.ts";
import { getDatabase } from "../../../../../../lib/services/databases/get-database.ts";
import { getDatabaseDetail } from "../../../../../../lib/services/databases/read-connection.ts";
import { updateDatabase } from "../../../../../../lib/services/databases/update-database.ts";
import { databaseAnswer, databaseDetailAnswer } from "../../../../../../lib/web/answers/database-answers.ts";
import { databaseQuerySchema, updateDatabaseSchema } from "../../../../../../lib/web/api-schemas.ts";
import { GUARDED_ERRORS, HISTORY_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readDatabase",
      tag: "Databases",
      summary: "Read a database",
      description: "With `connectionString=false` nobody reads the connection string, and no right to it is needed.",
      action: ["database.read", "database.connect"],
      answers: {
        200: { says: "The database.", schema: databaseDetailAnswer },
      },
      errors: ["conflict"],
    },
    query: databaseQuerySchema,
    async handle({ ctx, param, query }) {
      const of = { namespace: param("ns"), database: param("db") };
      if (query.connectionString === "true") return json(await getDatabaseDetail(ctx, of));
      return json({ ...(await getDatabase(ctx, of)), connectionString: null });
    },
  }),
  PATCH: endpoint({
    operation: {
      id: "updateDatabase",
      tag: "Databases",
      summary: "Rename a database, change its window, or whether commits wait",
      action: "database.update",
      answers: { 200: { says: "The database as it is now.", schema: databaseAnswer } },
      errors: [...GUARDED_ERRORS, ...HISTORY_ERRORS],
    },
    body: updateDatabaseSchema,
    handle: async ({ ctx, param, body }) =>
      json(await updateDatabase(ctx, { namespace: param("ns"), database: param("db"), ...body })),
  }),
  DELETE: endpoint({
    operation: {
      id: "deleteDatabase",
      tag: "Databases",
      summary: "Delete a database",
      description: "It can be brought back until its grace period is over.",
      action: ["database.delete", "preview.delete"],
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS, "restore_conflict"],
    },
    async handle({ ctx, param }) {
      await deleteDatabase(ctx, { namespace: param("ns"), database: param("db") });
      return noContent();
    },
  }),
});
