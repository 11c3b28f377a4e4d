import type { RestoreView } from "../../../../../lib/client/api-types.ts";
import { findDatabaseById } from "../../../../../lib/services/databases/find-project.ts";
import { getRestoredCopy, restoreCopy } from "../../../../../lib/services/restores/restore-copy.ts";
import { v1PitrAnswer } from "../../../../../lib/web/answers/v1-answers.ts";
import { RESTORE_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { namingPitrFields, toV1Pitr, v1PitrSchema } from "../../../../../lib/web/v1-pitr-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "v1CreatePitr",
      tag: "v1 databases",
      summary: "Recover a moment into a new database",
      action: "restore.new-database",
      params: { id: "The database's id." },
      answers: { 202: { says: "It goes on; follow it at Location.", schema: v1PitrAnswer, headers: ["location"] } },
      errors: [...RESTORE_ERRORS],
    },
    idempotent: async ({ ctx, param }, madeId) => {
      const of = await findDatabaseById(ctx, param("id"));
      return answerBegun(of.database, await getRestoredCopy(ctx, { ...of, restoreId: madeId }));
    },
    body: v1PitrSchema,
    async handle({ ctx, param, body }) {
      const of = await findDatabaseById(ctx, param("id"));
      const restore = await namingPitrFields(() =>
        restoreCopy(ctx, {
          ...of,
          timestampMs: body.target_time,
          name: body.target_database_name,
        }),
      );
      return answerBegun(of.database, restore);
    },
  }),
});

function answerBegun(databaseId: string, restore: RestoreView): Response {
  return json(toV1Pitr(restore), 202, { location: `/v1/databases/${databaseId}/pitr/${restore.id}` });
}
