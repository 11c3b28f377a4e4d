import { findProject } from "../../../../../../lib/services/databases/find-project.ts";
import { getRestore } from "../../../../../../lib/services/restores/get-restore.ts";
import { v1RestoreAnswer } from "../../../../../../lib/web/answers/v1-answers.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";
import { toV1Restore } from "../../../../../../lib/web/v1-restore-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "v1ReadRestore",
      tag: "v1 projects",
      summary: "Read how a restore stands",
      action: "restore.read",
      params: { id: "The project's id.", restore: "The restore's id." },
      answers: { 200: { says: "The restore.", schema: v1RestoreAnswer } },
    },
    handle: async ({ ctx, param }) => {
      const of = await findProject(ctx, param("id"));
      return json(toV1Restore(await getRestore(ctx, { ...of, restoreId: param("restore") })));
    },
  }),
});
