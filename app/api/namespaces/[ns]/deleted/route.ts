import { z } from "zod";
import { listDeletedDatabases } from "../../../../../lib/services/databases/list-deleted-databases.ts";
import { deletedDatabaseAnswer } from "../../../../../lib/web/answers/database-answers.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listDeletedDatabases",
      tag: "Databases",
      summary: "List the databases that can be brought back",
      action: "database.list",
      answers: {
        200: { says: "The latest first.", schema: z.strictObject({ databases: z.array(deletedDatabaseAnswer) }) },
      },
    },
    handle: async ({ ctx, param }) => json({ databases: await listDeletedDatabases(ctx, { namespace: param("ns") }) }),
  }),
});
