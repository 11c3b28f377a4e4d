import { type MetadataReader, metadata } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { openSealedText, sealText } from "../seal-text.ts";

export type BackupStoreRow = Prisma.BackupStoreGetPayload<Record<string, never>>;

/** A bucket and the way into it; `endpoint` is empty for AWS itself. The secret is for the agent alone. */
export type StoreSettings = {
  endpoint: string;
  region: string;
  bucket: string;
  /** Empty or ending with a slash. */
  prefix: string;
  pathStyle: boolean;
  accessKeyId: string;
  secretAccessKey: string;
};

const PURPOSE = "backup stores";

/** The secret access key as it stands in a store's row. */
export function sealStoreSecret(storeId: string, secretAccessKey: string): string {
  return sealText({ purpose: PURPOSE, owner: storeId }, secretAccessKey);
}

/** That secret again; null where it was sealed with another secret of the installation. */
export function openStoreSecret(storeId: string, sealed: string): string | null {
  return openSealedText({ purpose: PURPOSE, owner: storeId }, sealed);
}

/** The store that takes a namespace's new backups; null: the agent's own disk. */
export function findCurrentStore(db: MetadataReader, namespaceId: string): Promise<BackupStoreRow | null> {
  return db.backupStore.findFirst({
    where: { namespaceId, retiredAtMs: null },
    orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
  });
}

/** The settings of a store, whether or not it takes new backups. Throws `storage_key_missing` under another secret. */
export async function readBackupStore(storeId: string, db: MetadataReader = metadata()): Promise<StoreSettings> {
  const row = await db.backupStore.findUniqueOrThrow({ where: { id: storeId } });
  const secretAccessKey = openStoreSecret(row.id, row.secretSealed);
  if (secretAccessKey === null) {
    throw new LastgoodError(
      "storage_key_missing",
      `The secret of the bucket ${row.bucket} cannot be opened any more.`,
      {
        hint: "It was sealed with another LASTGOOD_SECRET. Set that one again, or enter the store anew in the settings.",
      },
    );
  }
  const { endpoint, region, bucket, prefix, pathStyle, accessKeyId } = row;
  return { endpoint, region, bucket, prefix, pathStyle, accessKeyId, secretAccessKey };
}
