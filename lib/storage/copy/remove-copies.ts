import { FILES, HEADS } from "./copy-format.ts";
import type { CopyStores } from "./copy-stores.ts";

/** Removes all objects of all copies of a database, first what makes them copies. What the store has locked stays there, unseen, until its time is over. */
export async function removeCopies({ raw }: CopyStores, databaseId: string): Promise<void> {
  for (const prefix of [`${HEADS}${databaseId}.`, `${FILES}${databaseId}.`]) {
    const keys: string[] = [];
    for await (const { key } of raw.list(prefix)) keys.push(key);
    for (const key of keys) await raw.remove(key);
  }
}
