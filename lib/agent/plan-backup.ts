import type { BackupManifest } from "../domain/backup-manifest.ts";
import type { Bookmark } from "../domain/bookmark.ts";
import { LastgoodError } from "../domain/errors.ts";
import type { RestorePlan } from "../domain/restore.ts";
import type { Engine, ImageFacts, ImageTarget, ProtectedDatabase } from "../engines/engine.ts";
import { readStoredBackup } from "../services/backups/read-stored-backup.ts";
import type { FetchedBackups } from "./fetched-backups.ts";

/**
 * What a restore from a backup would do, by its manifest alone. Throws `conflict` where it is not the content that the caller
 * knows of, or does not fit.
 */
export async function planBackup(
  { engine, fetched }: { engine: Engine; fetched: FetchedBackups },
  db: ProtectedDatabase,
  { backupId, sha256, ...target }: ImageTarget & { backupId: string; sha256: string },
): Promise<RestorePlan> {
  const backup = await readStoredBackup(backupId);
  if (backup.sha256 !== sha256) {
    throw new LastgoodError("conflict", "The backup is not the one that was asked for.", { hint: "List the backups." });
  }
  const manifest = await fetched.readManifest(backup);
  if (backup.kind === "portable") {
    const { bookmark, timeMs, body } = manifest;
    const document = { backupId, bookmark: bookmark as Bookmark, timeMs, sha256, sizeBytes: body.rawBytes };
    return engine.documents.plan(db, document, target);
  }
  return engine.images.planImage(db, imageFactsOf(manifest), target);
}

/** What a manifest says of a physical backup. */
export function imageFactsOf({ backupId, bookmark, timeMs, body, ...rest }: BackupManifest): ImageFacts {
  const { pageSizeBytes, pageCount } = rest;
  if (pageSizeBytes === undefined || pageCount === undefined) {
    throw new LastgoodError("storage_damaged", "The backup's manifest does not say what its image is.", {
      hint: "Nothing was changed. Restore another backup.",
    });
  }
  return { backupId, bookmark: bookmark as Bookmark, timeMs, sha256: body.sha256, pageSizeBytes, pageCount };
}
