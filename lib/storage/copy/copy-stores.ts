import { EncryptedStorage } from "../encrypted-storage.ts";
import type { KeyRing } from "../key-ring.ts";
import { sealedBytesOf } from "../sealed-object.ts";
import type { Storage } from "../storage.ts";

/** The store of second copies, as whoever writes and reads them sees it. */
export type CopyStores = {
  /** What lies there as it lies there: for listings, sizes and removals. */
  raw: Storage;
  /** Sealed on the way in and opened on the way out, where there are keys. */
  open: Storage;
  /** The same for what stays: it cannot be removed for a while, where the store knows of that. */
  lasting: Storage;
  /** Locks an object that is there, or anew for as long as `lasting` does; null: nothing is locked. */
  locks: { forMs: number; lock(key: string): Promise<void> } | null;
  /** Names the key that objects are sealed with; null: they are not. */
  keyId: string | null;
  /** Bytes that an object of so many bytes takes there. */
  storedBytes(bytes: number): number;
  /** Seals an object anew with the current key; false where it is already. Throws `storage_key_missing`, `storage_damaged`. */
  renew(key: string): Promise<boolean>;
};

/**
 * @param lasting the same place, whose objects are locked; absent: nothing is
 * @param keys null: nothing is sealed
 */
export function copyStores(
  raw: Storage,
  keys: KeyRing | null,
  { lasting = raw, locks = null }: { lasting?: Storage; locks?: CopyStores["locks"] } = {},
): CopyStores {
  if (!keys)
    return { raw, open: raw, lasting, locks, keyId: null, storedBytes: (bytes) => bytes, renew: async () => false };
  const sealing = new EncryptedStorage(lasting, keys);
  return {
    raw,
    locks,
    open: new EncryptedStorage(raw, keys),
    lasting: sealing,
    keyId: keys.current.id.toString("hex"),
    storedBytes: sealedBytesOf,
    renew: (key) => sealing.renew(key),
  };
}
