import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, statfs, writeFile } from "node:fs/promises";
import path from "node:path";
import { type BackupManifest, backupManifestSchema } from "../domain/backup-manifest.ts";
import { LastgoodError } from "../domain/errors.ts";
import type { Run } from "../engines/engine.ts";
import type { StoredBackup } from "../services/backups/read-stored-backup.ts";
import { findOpenRestores } from "../services/restores/find-open-restores.ts";
import { reachPoint } from "../storage/reach-point.ts";
import type { Storage } from "../storage/storage.ts";
import { readBackupBody, readManifest } from "../storage/stored-backup.ts";
import type { BackupStores } from "./backup-stores.ts";

const ROOM_FACTOR = 1.05;
const KEPT_MANIFEST = "manifest.json";

/** A backup's bytes in a file of the agent's, found to be what row and manifest say. */
export type FetchedBackup = { file: string; manifest: BackupManifest };

/**
 * Backups that restores read, unpacked, one folder per restore. A file has its name only once it is complete and durable: a
 * restore that goes on after a crash finds it, needs not fetch it again, and settles what it had begun by it.
 */
export class FetchedBackups {
  readonly #folder: string;
  readonly #stores: BackupStores;

  /** @param folder absolute path; nobody else writes there */
  constructor(folder: string, stores: BackupStores) {
    this.#folder = folder;
    this.#stores = stores;
  }

  /** What a backup's manifest says; it must agree with the row. Throws `storage_damaged`, `storage_unavailable`. */
  async readManifest(backup: StoredBackup): Promise<BackupManifest> {
    const { manifest } = await this.#open(backup);
    return manifest;
  }

  /**
   * Fetches a backup for a restore and checks every byte of it, as the stages `fetch` and `inspect`. Throws `storage_damaged`
   * where anything is not what was stored, `storage_full` and `storage_unavailable`.
   */
  async fetch(restoreId: string, backup: StoredBackup, run: Run): Promise<FetchedBackup> {
    const folder = path.join(this.#folder, restoreId);
    const manifest = (await readKept(folder, backup)) ?? (await this.#download(folder, backup, run));
    const file = path.join(folder, manifest.body.name);
    reachPoint("restore.backup-fetched");
    await inspect(file, backup, manifest, run);
    reachPoint("restore.backup-checked");
    return { file, manifest };
  }

  /** Removes what was fetched for a restore that has ended. */
  async remove(restoreId: string): Promise<void> {
    await rm(path.join(this.#folder, restoreId), { recursive: true, force: true });
  }

  /** Removes what was fetched for restores that ended while no agent was there. */
  async removeLeftovers(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const names = await readdir(this.#folder);
    const open = await findOpenRestores(names);
    for (const name of names) if (!open.has(name)) await this.remove(name);
  }

  async #open(backup: StoredBackup): Promise<{ storage: Storage; manifest: BackupManifest }> {
    const storage = await this.#stores.storageOf(backup.place);
    const manifest = await readManifest(storage, backup.place.prefix);
    if (!manifest) throw notTheSame("its manifest is gone");
    if (!isOf(manifest, backup)) throw notTheSame("its manifest is not the one that was written with it");
    return { storage, manifest };
  }

  async #download(folder: string, backup: StoredBackup, run: Run): Promise<BackupManifest> {
    const { storage, manifest } = await this.#open(backup);
    const { name, rawBytes } = manifest.body;
    run.progress("fetch", 0, rawBytes);
    const { place } = backup;
    const file = path.join(folder, name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await requireRoom(folder, rawBytes * ROOM_FACTOR);
    // A name of its own for each try: an agent that outlived its lease never writes into this one's.
    const draft = `${file}.${randomUUID()}`;
    const handle = await open(draft, "wx", 0o600);
    try {
      let done = 0;
      for await (const piece of readBackupBody(storage, place.prefix, manifest)) {
        run.signal.throwIfAborted();
        await handle.writeFile(piece);
        done += piece.length;
        run.progress("fetch", done, rawBytes);
        reachPoint("restore.backup-piece");
      }
      await handle.sync();
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    // Last, and so the proof that the file is whole; a repeat needs nobody else then.
    await writeFile(`${path.join(folder, KEPT_MANIFEST)}.new`, JSON.stringify(manifest), { flush: true });
    await rename(`${path.join(folder, KEPT_MANIFEST)}.new`, path.join(folder, KEPT_MANIFEST));
    const directory = await open(folder, "r");
    await directory.sync();
    await directory.close();
    return manifest;
  }
}

function isOf({ backupId, databaseId, kind, body }: BackupManifest, backup: StoredBackup): boolean {
  return (
    backupId === backup.backupId &&
    databaseId === backup.databaseId &&
    kind === backup.kind &&
    body.sha256 === backup.sha256
  );
}

/** What an earlier try has fetched whole; null: nothing, or of another backup. */
async function readKept(folder: string, backup: StoredBackup): Promise<BackupManifest | null> {
  try {
    const parsed = backupManifestSchema.safeParse(JSON.parse(await readFile(path.join(folder, KEPT_MANIFEST), "utf8")));
    return parsed.success && isOf(parsed.data, backup) ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Reads the file itself back: what is restored is what lies on the disk. */
async function inspect(file: string, backup: StoredBackup, { body }: BackupManifest, run: Run): Promise<void> {
  const hash = createHash("sha256");
  let done = 0;
  run.progress("inspect", 0, body.rawBytes);
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    run.signal.throwIfAborted();
    hash.update(piece);
    done += piece.length;
    run.progress("inspect", done, body.rawBytes);
  }
  const found = hash.digest("hex");
  if (done === body.rawBytes && found === body.sha256 && found === backup.sha256) return;
  // A broken fetch is not gone on with.
  await rm(path.dirname(file), { recursive: true, force: true });
  throw new LastgoodError("restore_failed", "The fetched backup reads back as something else.", {
    hint: "Nothing was changed. The disk of the data directory is failing: look at it before you restore again.",
    outcome: "nothing",
  });
}

async function requireRoom(folder: string, sizeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= sizeBytes) return;
  throw new LastgoodError("storage_full", "There is too little disk to unpack the backup.", {
    hint: `Free ${Math.ceil((sizeBytes - bavail * bsize) / 1024 / 1024)} MiB in the data directory and restore again.`,
    outcome: "nothing",
  });
}

function notTheSame(cause: string): LastgoodError {
  return new LastgoodError("storage_damaged", `The backup cannot be restored: ${cause}.`, {
    hint: "Nothing was changed. Restore another backup, and look at the disk or bucket that this one lies on.",
    outcome: "nothing",
  });
}
