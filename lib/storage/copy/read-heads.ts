import { LastgoodError } from "../../domain/errors.ts";
import { readBody, type Storage } from "../storage.ts";
import { type CopiedFile, type CopyHead, decodeCatalog, decodeHead, headKey, objectKey } from "./copy-format.ts";
import type { CopyStores } from "./copy-stores.ts";
import { hashOf } from "./whole-bytes.ts";

/** What is damaged stays so; what was replaced meanwhile is whole again. */
const TRIES = 3;

export type ReadHead = {
  head: CopyHead;
  /** The files that its catalog names. */
  whole: CopiedFile[];
  /** Why the head that may have come after it was passed over, for people; null: this is the newest. */
  passedOver: string | null;
};

/**
 * The heads of a copy that can be read, with their catalogs, the newest first; none where there is no copy. One that is damaged, or that
 * no key opens, is as good as missing where the other can be read: that one is a whole history, too. Throws `storage_unavailable`,
 * `storage_key_missing`.
 * @param needsBoth throws `storage_key_missing` for any of them
 */
export async function readHeads(stores: CopyStores, copyId: string, needsBoth = false): Promise<ReadHead[]> {
  const heads: ReadHead[] = [];
  let unread: { key: string; error: LastgoodError } | null = null;
  for (const serial of [0, 1]) {
    const key = headKey(copyId, serial);
    try {
      const read = await readHead(stores, key);
      if (read?.head.copyId === copyId) heads.push(read);
    } catch (error) {
      if (!isDamage(error) || (needsBoth && error.code === "storage_key_missing")) throw error;
      unread = { key, error };
    }
  }
  if (heads.length === 0 && unread?.error.code === "storage_key_missing") throw unread.error;
  const [one, other] = heads;
  if (one && !other) one.passedOver = await passedOver(stores, one.head, unread);
  return heads.sort((a, b) => b.head.serial - a.head.serial);
}

/** A head with its catalog; null: there is none. It is read in several requests, and whoever ships there may replace it between two of them. */
async function readHead(stores: CopyStores, key: string): Promise<ReadHead | null> {
  for (let tries = 1; ; tries++) {
    try {
      const bytes = await readWhole(stores.open, key);
      if (!bytes) return null;
      const head = readable(key, () => decodeHead(bytes));
      return { head, whole: await readCatalog(stores, head), passedOver: null };
    } catch (error) {
      if (!isDamage(error) || error.code !== "storage_damaged" || tries === TRIES) throw error;
    }
  }
}

/** One of the two heads alone could be read. */
async function passedOver(
  { raw }: CopyStores,
  { copyId, serial }: CopyHead,
  unread: { key: string; error: LastgoodError } | null,
): Promise<string | null> {
  if (!unread) return serial > 1 ? "One of its two heads is missing; this may be the one before it." : null;
  const [lost, read] = [await raw.find(unread.key), await raw.find(headKey(copyId, serial))];
  if (lost && read && lost.modifiedMs < read.modifiedMs) return null;
  return `The newest head cannot be read; this is the one before it. ${unread.error.message}`;
}

const isDamage = (error: unknown): error is LastgoodError =>
  error instanceof LastgoodError && (error.code === "storage_damaged" || error.code === "storage_key_missing");

async function readCatalog(stores: CopyStores, { copyId, catalog }: CopyHead): Promise<CopiedFile[]> {
  if (!catalog) return [];
  const key = objectKey(copyId, catalog.object);
  const bytes = await readWhole(stores.open, key);
  if (bytes && hashOf(bytes) === catalog.sha256) return readable(key, () => decodeCatalog(bytes));
  throw copyDamaged(`the list of its files, ${key}, is ${bytes ? "altered" : "missing"}`);
}

function readable<T>(key: string, decode: () => T): T {
  try {
    return decode();
  } catch {
    throw copyDamaged(`${key} is not what its format says`);
  }
}

/** All bytes of a small object; null where there is none. */
async function readWhole(store: Storage, key: string): Promise<Buffer | null> {
  const stored = await store.get(key);
  return stored && readBody(stored.body);
}

/** What is in the store is not what was put there. */
export function copyDamaged(why: string): LastgoodError {
  return new LastgoodError("storage_damaged", `The second copy is damaged: ${why}.`, {
    hint: "While the history is on its own disk, its agent ships it again. Otherwise choose a moment that does not need it.",
  });
}
