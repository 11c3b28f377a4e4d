import { findDatabaseById } from "../../../../../../lib/services/databases/find-project.ts";
import { readCopyWindow } from "../../../../../../lib/services/restores/restore-copy.ts";
import { v1WindowAnswer } from "../../../../../../lib/web/answers/v1-answers.ts";
import { HISTORY_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";
import { toV1Window } from "../../../../../../lib/web/v1-pitr-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "v1ReadPitrWindow",
      tag: "v1 databases",
      summary: "Read from and up to when a database can be recovered",
      action: "database.read",
      params: { id: "The database's id." },
      answers: { 200: { says: "Both ends.", schema: v1WindowAnswer } },
      errors: [...HISTORY_ERRORS],
    },
    handle: async ({ ctx, param }) =>
      json(toV1Window(await readCopyWindow(ctx, await findDatabaseById(ctx, param("id"))))),
  }),
});
