import path from "node:path";
import { type BackupManifest, MANIFEST_NAME } from "../domain/backup-manifest.ts";
import { LastgoodError } from "../domain/errors.ts";
import { EncryptedStorage } from "./encrypted-storage.ts";
import { FileStorage } from "./file-storage.ts";
import type { KeyRing } from "./key-ring.ts";
import { SEAL_MAGIC } from "./sealed-object.ts";
import { type ByteRange, readBody, type Storage, type StoredBytes, type StoredObject } from "./storage.ts";
import { readManifest } from "./stored-backup.ts";

/** A backup that somebody names by its folder, wherever that lies now. */
export type BackupFolder = { storage: Storage; prefix: string; manifest: BackupManifest; isSealed: boolean };

/**
 * Opens a backup's folder with nothing else of Lastgood there; nothing is written. A sealed one is opened with the operator's
 * keys, and only under the two names that its folder had: those are sealed along with it. Throws `not_found`, `storage_damaged`,
 * `storage_key_missing`.
 * @param folder absolute path of what holds `manifest.json`
 */
export async function openBackupFolder(folder: string, keys: KeyRing | null): Promise<BackupFolder> {
  const plain = new OneFolder(folder);
  const prefix = folder.split(path.sep).slice(-2).join("/");
  const begin = await plain.get(`${prefix}/${MANIFEST_NAME}`, null);
  if (!begin) {
    throw new LastgoodError("not_found", `${folder} holds no backup: there is no ${MANIFEST_NAME} in it.`, {
      hint: "Name the folder of one backup: backups/<database>/<backup> of a data directory, or a copy of it.",
    });
  }
  const isSealed = (await readBody(begin.body)).toString("latin1", 0, SEAL_MAGIC.length) === SEAL_MAGIC;
  if (isSealed && !keys) {
    throw new LastgoodError("storage_key_missing", "This backup is sealed with a key of the operator.", {
      hint: "Name the file with the keys: --keys <file>.",
    });
  }
  const storage = isSealed && keys ? new EncryptedStorage(plain, keys) : plain;
  const manifest = await readManifest(storage, prefix);
  if (!manifest) throw new Error("a manifest that was there is there");
  return { storage, prefix, manifest, isSealed };
}

/** The files of one folder as objects whose keys end in their names; for reading alone. */
class OneFolder implements Storage {
  readonly #files: FileStorage;

  constructor(folder: string) {
    this.#files = new FileStorage(folder);
  }

  get(key: string, range?: ByteRange | null): Promise<StoredBytes | null> {
    return this.#files.get(path.posix.basename(key), range ?? undefined);
  }

  async find(key: string): Promise<StoredObject | null> {
    const found = await this.#files.find(path.posix.basename(key));
    return found && { ...found, key };
  }

  list(prefix: string): AsyncIterable<StoredObject> {
    return this.#files.list(prefix);
  }

  put(): Promise<never> {
    return Promise.reject(new Error("a backup's folder is only read"));
  }

  remove(): Promise<never> {
    return Promise.reject(new Error("a backup's folder is only read"));
  }
}
