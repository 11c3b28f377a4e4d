import { listForCopy } from "../../lib/engines/sqlite/copy/list-for-copy.ts";
import { openHistory } from "../../lib/engines/sqlite/history/open-history.ts";
import type { CopyAbout } from "../../lib/storage/copy/copy-format.ts";
import { copyStores } from "../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../lib/storage/copy/copy-writer.ts";
import type { CopiedMoment } from "../../lib/storage/copy/listed-file.ts";
import { parseKeyRing } from "../../lib/storage/key-ring.ts";
import { S3Storage } from "../../lib/storage/s3-storage.ts";
import type { S3Server } from "./s3-server.ts";

/** Ships the history of a file to a server, as the copy of a database of that id and name. Answers its newest commit. */
export async function shipHistory(
  { settings }: S3Server,
  key: string,
  directory: string,
  about: Pick<CopyAbout, "id" | "name"> & Partial<CopyAbout>,
): Promise<CopiedMoment> {
  const opened = openHistory(directory);
  const listing = listForCopy(opened);
  opened.close();
  const store = new S3Storage(settings);
  const writer = await CopyWriter.open(copyStores(store, parseKeyRing(key)), `${about.id}.${listing.generation}`);
  await writer.ship(listing, {
    about: { engine: "sqlite", origin: "hosted", path: "/x", windowDays: 30, ...about },
    capturedUntilMs: listing.newest.timeMs + 500,
  });
  store.close();
  return listing.newest;
}

/** Writes something else over every object whose key begins so. */
export async function damageObjects({ settings }: S3Server, prefix: string): Promise<void> {
  const store = new S3Storage(settings);
  for await (const { key } of store.list(prefix)) await store.put(key, once(Buffer.from("damaged")));
  store.close();
}

async function* once(bytes: Uint8Array) {
  yield bytes;
}
