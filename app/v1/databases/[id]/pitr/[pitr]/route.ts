import { findDatabaseById } from "../../../../../../lib/services/databases/find-project.ts";
import { getRestoredCopy } from "../../../../../../lib/services/restores/restore-copy.ts";
import { v1PitrStatusAnswer } from "../../../../../../lib/web/answers/v1-answers.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";
import { toV1PitrStatus } from "../../../../../../lib/web/v1-pitr-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "v1ReadPitr",
      tag: "v1 databases",
      summary: "Read how a recovery stands",
      action: "restore.read",
      params: { id: "The database's id.", pitr: "The recovery's id." },
      answers: { 200: { says: "The recovery.", schema: v1PitrStatusAnswer } },
    },
    handle: async ({ ctx, param }) => {
      const of = await findDatabaseById(ctx, param("id"));
      return json(toV1PitrStatus(await getRestoredCopy(ctx, { ...of, restoreId: param("pitr") })));
    },
  }),
});
