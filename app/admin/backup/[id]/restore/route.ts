import { isErrorCode, LastgoodError } from "../../../../../lib/domain/errors.ts";
import { restoreBlockBackup } from "../../../../../lib/services/backup-block/restore-block-backup.ts";
import { waitForRestore } from "../../../../../lib/services/restores/wait-for-restore.ts";
import { blockRestored } from "../../../../../lib/web/answers/backup-answers.ts";
import { RESTORE_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

const WAIT_MS = 30 * 60_000;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "blockRestoreBackup",
      tag: "Backup block",
      summary: "Restore a backup in place",
      action: "restore.project",
      params: { id: "The backup's id." },
      answers: {
        200: { says: "It is restored.", schema: blockRestored },
        202: { says: "It goes on.", schema: blockRestored },
      },
      errors: [...RESTORE_ERRORS],
      waits: true,
    },
    idempotent: true,
    async handle({ ctx, param, request, respondAsync }) {
      const queued = await restoreBlockBackup(ctx, { id: param("id") });
      const ended = respondAsync ? queued : await waitForRestore(queued.id, WAIT_MS, request.signal);
      if (ended.status === "failed" || ended.status === "cancelled") {
        const known = ended.error !== null && isErrorCode(ended.error.code) ? ended.error.code : "restore_failed";
        throw new LastgoodError(known, ended.error?.message ?? `The restore ended as ${ended.status}.`, {
          hint: ended.error?.hint ?? "The database is as it was before.",
          restoreId: ended.id,
        });
      }
      const answer = {
        id: param("id"),
        status: ended.status === "completed" ? "restored" : "running",
        restoreId: ended.id,
      };
      return json(
        { ...answer, bookmark: ended.reached?.bookmark ?? null, previousBookmark: ended.previous?.bookmark ?? null },
        ended.status === "completed" ? 200 : 202,
      );
    },
  }),
});
