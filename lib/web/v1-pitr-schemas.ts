import { z } from "zod";
import type { RestoreView } from "../client/api-types.ts";
import { LastgoodError } from "../domain/errors.ts";
import { databaseNameSchema } from "../domain/names.ts";
import { parseTimestamp } from "../domain/parse-timestamp.ts";
import type { RecoveryWindow } from "../domain/recovery-window.ts";

/** What `/v1/databases/{id}/pitr` takes and answers: snake case, times as ISO 8601 with an offset. */
export const v1PitrSchema = z.strictObject({
  target_time: z
    .string({ error: "target_time is a time as ISO 8601, such as 2026-03-17T10:30:00Z." })
    .max(64)
    .transform((text) => parseTimestamp(text, "target_time")),
  target_database_name: databaseNameSchema.optional(),
});

const STATUS = {
  queued: "in_progress",
  running: "in_progress",
  completed: "completed",
  failed: "failed",
  cancelled: "failed",
} as const satisfies Record<RestoreView["status"], string>;

const NAMES: Readonly<Record<string, string>> = { name: "target_database_name", timestamp: "target_time" };
const toTime = (timeMs: number) => new Date(timeMs).toISOString();
const askedTime = ({ askedMs, to }: RestoreView) => toTime(askedMs ?? to.timeMs);

/** A recovery that was just begun. */
export function toV1Pitr(view: RestoreView) {
  return {
    id: view.id,
    database_id: view.databaseId,
    target_time: askedTime(view),
    target_database_name: view.copy?.name ?? null,
    status: STATUS[view.status],
    created_at: toTime(view.createdAtMs),
  };
}

/** How a recovery stands; `error` only of one that failed. */
export function toV1PitrStatus(view: RestoreView) {
  const status = STATUS[view.status];
  return {
    id: view.id,
    status,
    restored_database_id: status === "completed" ? (view.copy?.id ?? null) : null,
    target_time: askedTime(view),
    completed_at: status === "completed" && view.finishedAtMs !== null ? toTime(view.finishedAtMs) : null,
    ...(status === "failed" && {
      error: view.error ?? { code: "cancelled", message: "The recovery was cancelled.", hint: null },
    }),
  };
}

/** The time from and up to which there is something to recover; gaps between are told by `GET …/window`. */
export function toV1Window({ spans }: RecoveryWindow) {
  const [first, last] = [spans[0], spans.at(-1)];
  if (!first || !last) {
    throw new LastgoodError("not_protected", "Nothing can be recovered yet.", {
      hint: "Wait until the first full copy is complete.",
      retryAfterSeconds: 2,
    });
  }
  return { earliest_recovery_time: toTime(first.fromMs), latest_recovery_time: toTime(last.toMs) };
}

/** Does something for a caller of these routes: a refusal names the field that this caller gave. */
export async function namingPitrFields<Done>(work: () => Promise<Done>): Promise<Done> {
  try {
    return await work();
  } catch (error) {
    const field = error instanceof LastgoodError ? NAMES[error.details.field ?? ""] : undefined;
    if (!(error instanceof LastgoodError) || field === undefined) throw error;
    throw new LastgoodError(error.code, error.message, { ...error.details, field }, { cause: error });
  }
}
