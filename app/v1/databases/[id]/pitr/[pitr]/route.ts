import { findDatabaseById } from "../../../../../../lib/services/databases/find-project.ts";
import { getRestoredCopy } from "../../../../../../lib/services/restores/restore-copy.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";
import { toV1PitrStatus } from "../../../../../../lib/web/v1-pitr-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => {
      const of = await findDatabaseById(ctx, param("id"));
      return json(toV1PitrStatus(await getRestoredCopy(ctx, { ...of, restoreId: param("pitr") })));
    },
  }),
});
