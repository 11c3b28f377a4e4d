import { LastgoodError } from "../../domain/errors.ts";
import type { Engine, Run } from "../../engines/engine.ts";
import type { BackupPlace } from "../../services/backups/carry-out.ts";
import { findVerifiableBackup, noteVerified } from "../../services/backups/verify-backup.ts";
import { readManifest, verifyBody } from "../../storage/stored-backup.ts";
import type { BackupStores } from "../backup-stores.ts";

/**
 * Reads a backup whole and writes down whether it still is what was stored. Damage ends the job badly, and the backup is not used from then
 * on; a store that cannot be reached says nothing about it.
 */
export async function verifyBackup(
  backupId: string,
  { engine, stores }: { engine: Engine; stores: BackupStores },
  run: Run,
): Promise<void> {
  const stored = await findVerifiableBackup(backupId);
  if (!stored) return;
  try {
    await readWhole(stored, { engine, stores }, run);
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "storage_damaged") await noteVerified(backupId, error);
    throw error;
  }
  await noteVerified(backupId, null);
}

async function readWhole(
  { place, sha256 }: { place: BackupPlace; sha256: string },
  { engine, stores }: { engine: Engine; stores: BackupStores },
  run: Run,
): Promise<void> {
  const storage = await stores.storageOf(place);
  const manifest = await readManifest(storage, place.prefix);
  if (!manifest) throw damaged("its manifest is gone");
  if (manifest.body.sha256 !== sha256) throw damaged("its manifest is another backup's");
  const { rawBytes } = manifest.body;
  run.progress("check", 0, rawBytes);
  const report = (done: number) => run.progress("check", done, rawBytes);
  const head = await verifyBody(storage, place.prefix, manifest, report, run.signal);
  if (manifest.kind === "physical") engine.images.describe(manifest.format, head, rawBytes);
}

function damaged(cause: string): LastgoodError {
  return new LastgoodError("storage_damaged", `The backup is damaged: ${cause}.`, {
    hint: "Use another backup, and look at the disk or bucket that this one lies on.",
  });
}
