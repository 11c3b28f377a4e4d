import { readdirSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FetchedCopies } from "../../../lib/agent/fetched-copies.ts";
import { bringBackCopy } from "../../../lib/agent/handlers/bring-back-copy.ts";
import type { CopySettings } from "../../../lib/domain/copy-settings.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { Engine, ProtectedDatabase, Run } from "../../../lib/engines/engine.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { agentContext } from "../../../lib/services/call-context.ts";
import type { RestoreOrder } from "../../../lib/services/restores/start-restore.ts";
import { copyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../../lib/storage/copy/copy-writer.ts";
import { MemoryStorage } from "../../../lib/storage/memory-storage.ts";
import { CopyFolders, NEVER, ship } from "../../world/copied-history.ts";
import type { MadeHistory } from "../../world/made-history.ts";

const COPY = "shop.ffee";
const folders = new CopyFolders();
const run: Run = { signal: NEVER, progress() {} };

let raw: MemoryStorage;
let made: MadeHistory;
let writer: CopyWriter;
let folder: string;
/** Bytes that the disk's budget leaves to what can wait. */
let spare: number;
/** Before each object is read. */
let reading: (key: string) => Promise<void>;
let copies: FetchedCopies;
let keysFile: string | null;

beforeEach(async () => {
  raw = new MemoryStorage();
  made = folders.made();
  await made.commit(70);
  writer = await CopyWriter.open(copyStores(raw, null), COPY);
  await ship(writer, made.directory);
  folder = folders.folder();
  spare = Number.MAX_SAFE_INTEGER;
  reading = async () => undefined;
  const watched = Object.assign(Object.create(raw) as MemoryStorage, {
    get: async (...asked: Parameters<MemoryStorage["get"]>) => {
      await reading(asked[0]);
      return raw.get(...asked);
    },
    put: raw.put.bind(raw),
    find: raw.find.bind(raw),
    list: raw.list.bind(raw),
    remove: raw.remove.bind(raw),
  });
  keysFile = "/keys";
  const settings = {
    bucket: "copies",
    get keysFile() {
      return keysFile;
    },
  } as CopySettings;
  copies = new FetchedCopies(folder, { settings, stores: () => copyStores(watched, null) }, () => spare);
});
afterEach(async () => {
  await made.writer.close();
  folders.remove();
});

/** The whole restore, which ends before any engine is asked. */
function bringBack(restoreId: string): Promise<void> {
  const order = { restoreId, copyId: COPY, toBookmark: "", toTimeMs: 1 } as RestoreOrder & { copyId: string };
  const engine = { stored: { requireCopyable: async () => undefined } } as unknown as Engine;
  const means = { engine, fetchedCopies: copies };
  return bringBackCopy(agentContext("one", "test"), order, {} as ProtectedDatabase, means, run);
}

test("a copy that takes more than there is to spare is refused before anything is fetched", async () => {
  spare = writer.sizeBytes;
  const read: string[] = [];
  reading = async (key) => void read.push(key);
  await expect(bringBack("one")).rejects.toMatchObject({
    code: "storage_full",
    details: { hint: expect.stringContaining("before anything else gives way") },
  });
  expect(read.filter((key) => key.includes("/piece-"))).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test("what was promised to one is not promised to another, until it is let go", async () => {
  // Room for one of them, and not for two.
  for (spare = writer.sizeBytes; ; spare *= 1.3) {
    const isRoom = await copies.fetch("one", COPY, run).then(
      () => true,
      (error: unknown) =>
        error instanceof LastgoodError && error.code === "storage_full" ? false : Promise.reject(error),
    );
    if (isRoom) break;
  }
  await expect(copies.fetch("two", COPY, run)).rejects.toMatchObject({
    code: "storage_full",
    details: { hint: expect.stringContaining("for what else is brought back now") },
  });
  // A try that goes on is no other one.
  await copies.remove("one");
  await copies.fetch("one", COPY, run);
  copies.letGo("one");
  await copies.fetch("two", COPY, run);
});

test("where others use the room up meanwhile, what was fetched goes and nothing else does", async () => {
  let pieces = 0;
  reading = async (key) => {
    if (key.includes("/piece-") && ++pieces === 3) spare = 0;
  };
  await expect(bringBack("one")).rejects.toMatchObject({ code: "storage_full" });
  expect([pieces, readdirSync(folder)]).toEqual([3, []]);
});

test("of a copy that is still shipped to only what has changed meanwhile is fetched again", async () => {
  let ships = 2;
  const read: string[] = [];
  reading = async (key) => {
    if (!key.includes("/piece-")) return;
    read.push(key);
    if (ships === 0) return;
    ships -= 1;
    await made.commit(25);
    // What is about to be read is stored anew.
    writer.bad.add(path.basename(key));
    await ship(writer, made.directory);
    // As five minutes later: what no head names is gone.
    const named = writer.objects();
    for await (const { key: kept } of raw.list(`files/${COPY}/`))
      if (!named.has(path.basename(kept))) await raw.remove(kept);
  };
  const { history, missing } = await copies.fetch("one", COPY, run);
  expect([missing, ships]).toEqual([[], 0]);
  const fetched = openHistory(history.directory);
  expect(fetched.newest().txid).toBe(made.writer.newest.txid);
  fetched.close();
  const whole = [...writer.whole.values()].flatMap(({ pieces }) => pieces.map(({ object }) => object));
  const times = whole.map((object) => read.filter((key) => key.endsWith(object)).length);
  expect([times.length > 3, new Set(times)]).toEqual([true, new Set([1])]);
});

test("a head that is replaced while it is read is read anew, and the newest one counts", async () => {
  await made.commit(1);
  await ship(writer, made.directory);
  let ships = 2;
  reading = async (key) => {
    // Between a head and the list of its files.
    if (!key.includes("/catalog-") || ships === 0) return;
    ships -= 1;
    for (let heads = 0; heads < 2; heads++) {
      await made.commit(25);
      await ship(writer, made.directory);
    }
    const named = writer.objects();
    for await (const { key: kept } of raw.list(`files/${COPY}/`))
      if (!named.has(path.basename(kept))) await raw.remove(kept);
  };
  const { copies: listed } = await copies.list(null);
  expect([ships, listed]).toMatchObject([0, [{ problem: null, newest: { bookmark: writer.head?.newest?.bookmark } }]]);
});

test("whose states may not run here is asked before anything is fetched, and an unsealed copy's word for it counts for nothing", async () => {
  const read: string[] = [];
  const asked: string[] = [];
  reading = async (key) => void read.push(key);
  const refuse = async ({ origin }: { origin: string }) => {
    asked.push(origin);
    throw new LastgoodError("not_supported", "Not here.");
  };
  await expect(copies.fetch("one", COPY, run, refuse)).rejects.toMatchObject({ code: "not_supported" });
  keysFile = null;
  await expect(copies.fetch("two", COPY, run, refuse)).rejects.toMatchObject({ code: "not_supported" });
  expect([asked, read.filter((key) => key.includes("/piece-"))]).toEqual([["hosted", "attached"], []]);
});
