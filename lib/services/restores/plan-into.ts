import { metadata } from "../../db/client.ts";
import type { RestorePlan } from "../../domain/restore.ts";
import type { RestoreInto } from "../../domain/restore-target.ts";
import type { ImageTarget } from "../../engines/engine.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { DatabaseRow } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { findPreviewOf } from "../previews/find-preview.ts";
import type { ResolvedBackup, ResolvedSource } from "./resolve-source.ts";

const COMPARE_TIMEOUT_MS = 30_000;
/** A bucket may be far away, and asked more than once. */
const MANIFEST_TIMEOUT_MS = 30_000;

/** The preview that a restore overwrites; null where it makes a database. */
export async function findOverwritten(
  principal: Principal,
  project: DatabaseRow,
  into: RestoreInto,
): Promise<DatabaseRow | null> {
  return into.kind === "preview" ? findPreviewOf(metadata(), principal, project, into.previewId) : null;
}

/** The engine's plan of a restore that writes another database than the one whose state it takes. */
export function askForPlanInto(
  source: DatabaseRow,
  { bookmark: toBookmark, backup }: Pick<ResolvedSource, "bookmark" | "backup">,
  into: RestoreInto,
  overwritten: DatabaseRow | null,
): Promise<RestorePlan> {
  if (backup) return askForBackupPlan(overwritten ?? source, backup, into.kind);
  if (into.kind !== "preview" || !overwritten) {
    const kind = into.kind === "new_database" ? "new_database" : "new_preview";
    return askAgentOf(source, "planCopy", { databaseId: source.id, to: toBookmark, kind });
  }
  return askForTakeOver(overwritten, source, toBookmark, { kind: "preview", since: null });
}

/**
 * The engine's plan of a restore from a backup; its manifest is read for it, not its content.
 * @param written where it is still to be made, the database that the backup is of
 */
export function askForBackupPlan(
  written: DatabaseRow,
  { id: backupId, sha256 }: ResolvedBackup,
  kind: ImageTarget["kind"],
): Promise<RestorePlan> {
  const { id: databaseId } = written;
  const lastRestoreId = kind === "project" || kind === "preview" ? written.lastRestoreId : null;
  return askAgentOf(written, "planBackup", { databaseId, backupId, sha256, kind, lastRestoreId }, MANIFEST_TIMEOUT_MS);
}

/** The engine's plan of giving a database a state of another one. */
export function askForTakeOver(
  written: DatabaseRow,
  source: DatabaseRow,
  toBookmark: string,
  { kind, since }: { kind: "preview" | "cutover"; since: string | null },
): Promise<RestorePlan> {
  const { id: databaseId, lastRestoreId } = written;
  const asked = { databaseId, sourceId: source.id, to: toBookmark, kind, since, lastRestoreId };
  return askAgentOf(written, "planTakeOver", asked, COMPARE_TIMEOUT_MS);
}
