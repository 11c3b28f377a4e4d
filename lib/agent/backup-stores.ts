import { LastgoodError } from "../domain/errors.ts";
import type { BackupPlace } from "../services/backups/carry-out.ts";
import { checkedAgents } from "../services/egress/checked-agents.ts";
import { readBackupStore, type StoreSettings } from "../services/stores/read-backup-store.ts";
import { EncryptedStorage } from "../storage/encrypted-storage.ts";
import { FileStorage } from "../storage/file-storage.ts";
import { S3Storage } from "../storage/s3-storage.ts";
import type { Storage } from "../storage/storage.ts";
import { removeBackup } from "../storage/stored-backup.ts";
import { Renewals } from "./renewals.ts";
import type { StorageKeys } from "./storage-keys.ts";

/** An upload to the disk that grew no more for so long broke off. */
const UNFINISHED_AFTER_MS = 60 * 60_000;

/** Where the backups of this agent's databases lie: its own disk, or buckets of their namespaces; sealed where there are keys. */
export class BackupStores {
  readonly #disk: FileStorage;
  readonly #keys: StorageKeys;
  /** What is being sealed anew there; whoever removes a backup bars it first. */
  readonly renewals = new Renewals();
  /** A store's row never changes, so neither does what was made of it. */
  readonly #buckets = new Map<string, S3Storage>();

  /** @param directory absolute path of the folder of backups on this disk */
  constructor(directory: string, keys: StorageKeys) {
    this.#disk = new FileStorage(directory);
    this.#keys = keys;
    this.#disk.removeUnfinished(UNFINISHED_AFTER_MS);
  }

  /** Whether what is stored from now on is sealed. Throws `storage_key_missing` where it is to be and cannot. */
  isSealing(): boolean {
    return this.#keys.read() !== null;
  }

  /** The same in words for people, and without throwing. */
  describeSealing(): { isOn: boolean; problem: string | null } {
    try {
      return { isOn: this.isSealing(), problem: null };
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      return { isOn: true, problem: error.message };
    }
  }

  /** What a backup is written to or read from. Throws `storage_key_missing` where it was sealed and there are no keys. */
  async storageOf({ storeId, encrypted }: Pick<BackupPlace, "storeId" | "encrypted">): Promise<Storage> {
    const storage = storeId === null ? this.#disk : await this.#bucket(storeId);
    return encrypted ? this.#sealed(storage) : storage;
  }

  /** The same as what seals it, for sealing it anew with another key. */
  async sealedStorageOf(place: Pick<BackupPlace, "storeId">): Promise<EncryptedStorage> {
    return this.#sealed(await this.storageOf({ ...place, encrypted: false }));
  }

  /** Removes all objects of a backup. Throws `storage_unavailable`; may be repeated. */
  async remove(backupId: string, { storeId, prefix }: Pick<BackupPlace, "storeId" | "prefix">): Promise<void> {
    await this.renewals.bar(backupId);
    await removeBackup(await this.storageOf({ storeId, encrypted: false }), prefix);
  }

  /** Ends open connections. */
  close(): void {
    for (const bucket of this.#buckets.values()) bucket.close();
    this.#buckets.clear();
  }

  async #bucket(storeId: string): Promise<S3Storage> {
    const known = this.#buckets.get(storeId);
    if (known) return known;
    const bucket = openBucket(await readBackupStore(storeId));
    this.#buckets.set(storeId, bucket);
    return bucket;
  }

  #sealed(storage: Storage): EncryptedStorage {
    const keys = this.#keys.read();
    if (keys) return new EncryptedStorage(storage, keys);
    throw new LastgoodError("storage_key_missing", "This backup is sealed, and there are no storage keys.", {
      hint: "Let LASTGOOD_STORAGE_KEYS name the file with the key that it was sealed with, and start again.",
    });
  }
}

/** A bucket by its settings; nobody is asked yet. Connections go to checked addresses alone: people name the endpoint. */
export function openBucket(settings: StoreSettings): S3Storage {
  const { endpoint, region, bucket, prefix, pathStyle, accessKeyId, secretAccessKey } = settings;
  return new S3Storage({
    bucket,
    prefix,
    region,
    accessKeyId,
    secretAccessKey,
    usesPathStyle: pathStyle,
    agents: checkedAgents(),
    ...(endpoint !== "" && { endpoint }),
  });
}
