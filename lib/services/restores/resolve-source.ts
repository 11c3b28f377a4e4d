import { type MetadataReader, metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { DatabaseRow } from "../databases/find-database.ts";
import { resolveTimestamp } from "../history/resolve-timestamp.ts";

/** Which committed state a source means. Times are Unix milliseconds. */
export type ResolvedSource = {
  bookmark: string;
  timeMs: number;
  /** The time that was asked for; null when a bookmark was. */
  askedMs: number | null;
  restorePointId: string | null;
};

/** Asks the agent; throws its refusals (`moment_*`, `foreign_bookmark`), and `not_found` for another database's label. */
export async function resolveSource(database: DatabaseRow, source: RestoreSource): Promise<ResolvedSource> {
  if (source.kind === "timestamp") {
    const found = await resolveTimestamp(database, source.timestampMs);
    return { bookmark: found.bookmark, timeMs: found.timeMs, askedMs: source.timestampMs, restorePointId: null };
  }
  if (source.kind === "bookmark") {
    const found = await askAgentOf(database, "resolve", { databaseId: database.id, at: { bookmark: source.bookmark } });
    return { bookmark: found.bookmark, timeMs: found.timeMs, askedMs: null, restorePointId: null };
  }
  const point = await findRestorePoint(metadata(), database, source.snapshotId);
  if (point.bookmark === null) {
    throw new LastgoodError("restore_point_unrecoverable", `The label ${point.label} names no moment.`, {
      field: "snapshotId",
      hint: "Choose another label or a time.",
    });
  }
  const found = await askAgentOf(database, "resolve", {
    databaseId: database.id,
    at: { bookmark: point.bookmark },
  }).catch((error: unknown) => {
    throw asUnrecoverable(error, point.label);
  });
  return { bookmark: found.bookmark, timeMs: found.timeMs, askedMs: null, restorePointId: point.id };
}

/** Finds a label of this database; another database's is `not_found`. */
export async function findRestorePoint(db: MetadataReader, database: DatabaseRow, restorePointId: string) {
  const point = isUuid(restorePointId)
    ? await db.restorePoint.findFirst({ where: { id: restorePointId.toLowerCase(), databaseId: database.id } })
    : null;
  if (!point) {
    throw new LastgoodError("not_found", `${database.name} has no such snapshot.`, {
      field: "snapshotId",
      hint: "List its snapshots; a deleted label cannot be restored to by its id.",
    });
  }
  return point;
}

function asUnrecoverable(error: unknown, label: string): unknown {
  if (!(error instanceof LastgoodError) || error.code !== "moment_outside_window") return error;
  return new LastgoodError(
    "restore_point_unrecoverable",
    `The snapshot ${label} is older than the recovery window.`,
    { ...error.details, field: "snapshotId", hint: "Choose a later moment; the label stays until you delete it." },
    { cause: error },
  );
}
