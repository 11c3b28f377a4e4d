import { LastgoodError } from "../../domain/errors.ts";
import { readBody, type Storage } from "../storage.ts";
import { type CopiedFile, type CopyHead, decodeCatalog, decodeHead, headKey, objectKey } from "./copy-format.ts";
import type { CopyStores } from "./copy-stores.ts";
import { hashOf } from "./whole-bytes.ts";

export type ReadHead = { head: CopyHead /** The files that its catalog names. */; whole: CopiedFile[] };

/**
 * The heads of a copy that can be read, with their catalogs, the newest first; none where there is no copy. One that is damaged is as
 * good as missing: the other one is a whole history, too. Throws `storage_unavailable`, `storage_key_missing`.
 */
export async function readHeads(stores: CopyStores, copyId: string): Promise<ReadHead[]> {
  const heads: ReadHead[] = [];
  for (const serial of [0, 1]) {
    const read = await unlessDamaged(async () => {
      const bytes = await readWhole(stores.open, headKey(copyId, serial));
      if (!bytes) return null;
      const head = decodeHead(bytes);
      return { head, whole: await readCatalog(stores, head) };
    });
    if (read && read.head.copyId === copyId) heads.push(read);
  }
  return heads.sort((a, b) => b.head.serial - a.head.serial);
}

async function readCatalog(stores: CopyStores, { copyId, catalog }: CopyHead): Promise<CopiedFile[]> {
  if (!catalog) return [];
  const key = objectKey(copyId, catalog.object);
  const bytes = await readWhole(stores.open, key);
  if (bytes && hashOf(bytes) === catalog.sha256) return decodeCatalog(bytes);
  throw copyDamaged(`the list of its files, ${key}, is ${bytes ? "altered" : "missing"}`);
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

async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof LastgoodError && error.code !== "storage_damaged") throw error;
    return null;
  }
}
