import type { CopySettings } from "../../domain/copy-settings.ts";
import type { KeyRing } from "../key-ring.ts";
import { S3Storage } from "../s3-storage.ts";
import { type CopyStores, copyStores } from "./copy-stores.ts";

const DAY_MS = 86_400_000;

/** The store that these settings name; nobody is asked yet. The operator named it, so that connections go wherever it leads. */
export function openCopyStore(
  settings: CopySettings,
  keys: KeyRing | null,
): CopyStores & { hasObjectLock(): Promise<boolean>; close(): void } {
  const { bucket, endpoint, region, prefix, accessKeyId, secretAccessKey, lockDays, asOfMs } = settings;
  const where = {
    bucket,
    region,
    prefix,
    accessKeyId,
    secretAccessKey,
    usesPathStyle: endpoint !== null,
    ...(endpoint !== null && { endpoint }),
    ...(asOfMs !== null && { asOfMs }),
  };
  const raw = new S3Storage(where);
  const lasting = lockDays > 0 ? new S3Storage({ ...where, lockDays }) : raw;
  const locks = lockDays > 0 ? { forMs: lockDays * DAY_MS, lock: (key: string) => lasting.lock(key) } : null;
  return {
    ...copyStores(raw, keys, { lasting, locks }),
    hasObjectLock: () => raw.hasObjectLock(),
    close: () => {
      raw.close();
      if (lasting !== raw) lasting.close();
    },
  };
}
