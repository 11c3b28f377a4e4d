import { z } from "zod";
import { undoRestore } from "../../../../../../../../../lib/services/restores/undo-restore.ts";
import { restoreAnswer } from "../../../../../../../../../lib/web/answers/restore-answers.ts";
import { aroundFields } from "../../../../../../../../../lib/web/api-schemas.ts";
import { onConflictSchema, planDigestSchema } from "../../../../../../../../../lib/web/give-back-schemas.ts";
import { RESTORE_ERRORS } from "../../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

/** `planDigest` is that of the plan that was shown; `onConflict` is for rows that were given back. */
const undoBodySchema = z.strictObject({
  planDigest: planDigestSchema.optional(),
  onConflict: onConflictSchema.optional(),
  ...aroundFields,
});

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "undoRestore",
      tag: "Restores",
      summary: "Undo a completed restore",
      action: ["restore.project", "restore.preview"],
      params: { id: "The restore's id." },
      answers: { 202: { says: "The restore that leads back.", schema: restoreAnswer, headers: ["location"] } },
      errors: [...RESTORE_ERRORS],
    },
    idempotent: true,
    body: undoBodySchema,
    async handle({ ctx, param, body }) {
      const of = { namespace: param("ns"), database: param("db") };
      const undo = await undoRestore(ctx, { ...of, restoreId: param("id"), ...body });
      const base = `/api/namespaces/${encodeURIComponent(of.namespace)}/databases/${undo.databaseId}`;
      return json(undo, 202, { location: `${base}/restores/${undo.id}` });
    },
  }),
});
