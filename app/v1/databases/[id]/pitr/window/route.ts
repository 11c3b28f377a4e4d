import { findDatabaseById } from "../../../../../../lib/services/databases/find-project.ts";
import { readCopyWindow } from "../../../../../../lib/services/restores/restore-copy.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";
import { toV1Window } from "../../../../../../lib/web/v1-pitr-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) =>
      json(toV1Window(await readCopyWindow(ctx, await findDatabaseById(ctx, param("id"))))),
  }),
});
