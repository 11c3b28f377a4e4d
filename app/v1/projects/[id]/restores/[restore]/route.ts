import { findProject } from "../../../../../../lib/services/databases/find-project.ts";
import { getRestore } from "../../../../../../lib/services/restores/get-restore.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";
import { toV1Restore } from "../../../../../../lib/web/v1-restore-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => {
      const of = await findProject(ctx, param("id"));
      return json(toV1Restore(await getRestore(ctx, { ...of, restoreId: param("restore") })));
    },
  }),
});
