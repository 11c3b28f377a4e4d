import type { BackupKind } from "../../client/backup-types.ts";
import { type MetadataReader, metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import { findUsableBackup } from "../backups/find-backup.ts";
import type { DatabaseRow } from "../databases/find-database.ts";
import { resolveTimestamp } from "../history/resolve-timestamp.ts";

/** Which committed state a source means. Times are Unix milliseconds. */
export type ResolvedSource = {
  bookmark: string;
  timeMs: number;
  /** The time that was asked for; null when a bookmark was. */
  askedMs: number | null;
  restorePointId: string | null;
  /** The backup that it comes from; null: from the history. */
  backup: ResolvedBackup | null;
};

/** A backup that can be restored, bound by what it holds. */
export type ResolvedBackup = { id: string; key: string; kind: BackupKind; sha256: string };

/**
 * Asks the agent; throws its refusals (`moment_*`, `foreign_bookmark`), and `not_found` for another database's label or backup. A
 * label that is pinned to a backup means that backup.
 */
export async function resolveSource(database: DatabaseRow, source: RestoreSource): Promise<ResolvedSource> {
  if (source.kind === "timestamp") {
    const found = await resolveTimestamp(database, source.timestampMs);
    return { ...NO_MORE, bookmark: found.bookmark, timeMs: found.timeMs, askedMs: source.timestampMs };
  }
  if (source.kind === "bookmark") {
    const found = await askAgentOf(database, "resolve", { databaseId: database.id, at: { bookmark: source.bookmark } });
    return { ...NO_MORE, bookmark: found.bookmark, timeMs: found.timeMs };
  }
  if (source.kind === "backup") return resolveBackup(metadata(), database, source.backupKey);
  const point = await findRestorePoint(metadata(), database, source.snapshotId);
  if (point.kind === "backup") {
    const resolved = await resolveBackup(metadata(), database, point.backupKey ?? "");
    return { ...resolved, restorePointId: point.id };
  }
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
  return { ...NO_MORE, bookmark: found.bookmark, timeMs: found.timeMs, restorePointId: point.id };
}

const NO_MORE = { askedMs: null, restorePointId: null, backup: null } as const;

/** A backup of this database as a source, by its key or id. Throws `not_found`, `conflict` or `storage_damaged`. */
export async function resolveBackup(
  db: MetadataReader,
  database: DatabaseRow,
  keyOrId: string,
): Promise<ResolvedSource & { backup: ResolvedBackup }> {
  const { id, key, kind, sha256, bookmark, timeMs } = await findUsableBackup(db, database, keyOrId);
  if (sha256 === null || bookmark === null || timeMs === null) {
    throw new LastgoodError("conflict", "What this backup holds was never written down.", {
      field: "backupKey",
      hint: "Verify it, or choose another one.",
    });
  }
  const backup = { id, key, kind: kind as BackupKind, sha256 };
  return { ...NO_MORE, bookmark, timeMs: Number(timeMs), backup };
}

/** Refuses, within the transaction that writes the restore down, a backup that is no longer what was planned with. */
export async function requireSameBackup(
  db: MetadataReader,
  database: DatabaseRow,
  planned: ResolvedBackup | null,
): Promise<void> {
  if (planned === null) return;
  const { backup } = await resolveBackup(db, database, planned.id);
  if (backup.sha256 === planned.sha256) return;
  throw new LastgoodError("conflict", "The backup is not the one that the plan was made of.", {
    hint: "Read the new plan and confirm again.",
  });
}

/** The moment of the history that a source means, for what reads the history: also where a backup holds the same state. */
export async function resolveInHistory(database: DatabaseRow, source: RestoreSource): Promise<ResolvedSource> {
  const resolved = await resolveSource(database, source);
  if (resolved.backup === null) return resolved;
  await askAgentOf(database, "resolve", { databaseId: database.id, at: { bookmark: resolved.bookmark } });
  return { ...resolved, backup: null };
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
