import { z } from "zod";
import { LastgoodError } from "../../domain/errors.ts";
import { safeRequestId } from "../../request-scope.ts";

const databaseId = z.uuid();

/** Every kind of job and what it carries. A kind that is not listed cannot be queued, claimed or read. */
export const jobSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("database.protect"),
    payload: z.object({
      databaseId,
      how: z.enum(["hosted", "attach", "connect", "upload", "sample", "resume"]),
      uploadId: z.uuid().optional(),
    }),
  }),
  z.object({ kind: z.literal("restore.run"), payload: z.object({ restoreId: z.uuid() }) }),
  /** A restore that begins with fetching a history from its second copy, which may take hours. */
  z.object({ kind: z.literal("copy.bring-back"), payload: z.object({ restoreId: z.uuid() }) }),
  z.object({
    kind: z.literal("database.prune"),
    payload: z.object({
      databaseId,
      /** Where the disk's budget asks for it: also what is older than that, and the step that it is. */
      keepFromMs: z.number().nullable().optional(),
      step: z.enum(["beyond-window", "old-history"]).optional(),
    }),
  }),
  z.object({ kind: z.literal("erasure.prepare"), payload: z.object({ erasureId: z.uuid() }) }),
  z.object({ kind: z.literal("erasure.run"), payload: z.object({ erasureId: z.uuid() }) }),
  z.object({ kind: z.literal("database.release"), payload: z.object({ databaseId }) }),
  z.object({ kind: z.literal("database.purge"), payload: z.object({ databaseId }) }),
  z.object({ kind: z.literal("backup.run"), payload: z.object({ backupId: z.uuid() }) }),
  z.object({ kind: z.literal("backup.verify"), payload: z.object({ backupId: z.uuid() }) }),
  z.object({ kind: z.literal("backup.purge"), payload: z.object({ backupId: z.uuid() }) }),
  z.object({ kind: z.literal("drill.run"), payload: z.object({ drillId: z.uuid() }) }),
]);

export type TypedJob = z.infer<typeof jobSchema>;
export type JobKind = TypedJob["kind"];
export type JobStatus = "queued" | "running" | "completed" | "failed" | "cancelled";

/** Long work, of which an agent does no more than `atOnce` together: the other places are for what people wait for. */
export const LIMITED_JOBS: { kinds: readonly JobKind[]; atOnce: number } = {
  kinds: ["backup.run", "backup.verify", "backup.purge", "copy.bring-back", "drill.run", "erasure.prepare"],
  atOnce: 2,
};
export type ProtectHow = Extract<TypedJob, { kind: "database.protect" }>["payload"]["how"];

/** Reads a stored job. A row that another version wrote and this one cannot read is `internal`. */
export function parseJob(row: { kind: string; payload: string }): TypedJob {
  const parsed = jobSchema.safeParse({ kind: row.kind, payload: readPayload(row.payload) });
  if (parsed.success) return parsed.data;
  throw new LastgoodError("internal", `This version cannot read a job of kind ${row.kind}.`, {
    hint: "It was queued by another version of Lastgood.",
  });
}

/** The request that led to a stored job; null where none did. */
export function requestOf({ payload }: { payload: string }): string | null {
  const parsed = z.object({ requestId: z.string() }).safeParse(readPayload(payload));
  return safeRequestId(parsed.data?.requestId);
}

/** Text that is no JSON fits no kind: one torn row must not keep an agent from all other jobs. */
function readPayload(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
