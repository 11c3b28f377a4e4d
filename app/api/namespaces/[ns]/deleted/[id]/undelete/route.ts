import { undeleteDatabase } from "../../../../../../../lib/services/databases/undelete-database.ts";
import { undeleteBodySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: undeleteBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await undeleteDatabase(ctx, { namespace: param("ns"), databaseId: param("id"), name: body.name })),
  }),
});
