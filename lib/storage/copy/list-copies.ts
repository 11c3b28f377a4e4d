import { LastgoodError } from "../../domain/errors.ts";
import type { CopyHead } from "./copy-format.ts";
import type { CopyStores } from "./copy-stores.ts";
import { listCopies, openCopy } from "./read-copy.ts";

/** `isNewest`: of the copies of its database it is the one that was written last. */
export type ListedCopy = {
  copyId: string;
  id: string;
  head: CopyHead | null;
  /** Why it cannot be read, or not up to its newest head. */
  problem: string | null;
  sizeBytes: number;
  isNewest: boolean;
};

/** Heads are small, and a store is far away. */
const AT_ONCE = 8;

/**
 * The copies of a store, or those whose names begin so; one that cannot be read is listed with why. Throws `storage_unavailable`.
 */
export async function readCopies(stores: CopyStores, prefix = ""): Promise<ListedCopy[]> {
  const copyIds = await listCopies(stores, prefix);
  const listed: ListedCopy[] = [];
  for (let i = 0; i < copyIds.length; i += AT_ONCE) {
    listed.push(...(await Promise.all(copyIds.slice(i, i + AT_ONCE).map((copyId) => readOne(stores, copyId)))));
  }
  // A whole one comes before one that is only begun, however new.
  const rank = ({ head }: ListedCopy) => (head?.isWhole ? 1e15 : 0) + (head?.writtenAtMs ?? -1);
  for (const copies of Map.groupBy(listed, ({ id }) => id).values()) {
    const newest = copies.toSorted((a, b) => rank(b) - rank(a))[0];
    if (newest) newest.isNewest = true;
  }
  return listed;
}

async function readOne(stores: CopyStores, copyId: string): Promise<ListedCopy> {
  const about = { copyId, id: copyId.split(".")[0] ?? copyId, isNewest: false };
  try {
    const { head, whole, passedOver } = await openCopy(stores, copyId);
    const pieces = [...whole, ...head.files].flatMap((file) => file.pieces);
    return { ...about, head, problem: passedOver, sizeBytes: pieces.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "storage_unavailable") throw error;
    return { ...about, head: null, problem: error.message, sizeBytes: 0 };
  }
}
