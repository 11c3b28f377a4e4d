import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { afterEach, expect, it } from "vitest";
import { bringBackAll } from "../../../lib/cli/commands/bring-back-all.ts";
import type { Output } from "../../../lib/cli/output.ts";
import { migrateSqlite } from "../../../lib/db/migrate-sqlite.ts";
import { listForCopy } from "../../../lib/engines/sqlite/copy/list-for-copy.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { placeAttachedFile } from "../../../lib/engines/sqlite/offline/place-attached-file.ts";
import type { CopyAbout } from "../../../lib/storage/copy/copy-format.ts";
import { copyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../../lib/storage/copy/copy-writer.ts";
import { readCopies } from "../../../lib/storage/copy/list-copies.ts";
import { openCopy } from "../../../lib/storage/copy/read-copy.ts";
import { parseKeyRing } from "../../../lib/storage/key-ring.ts";
import { MemoryStorage } from "../../../lib/storage/memory-storage.ts";
import { ABOUT, CopyFolders, flipped, NEVER, ship } from "../../world/copied-history.ts";

const keys = parseKeyRing(randomBytes(32).toString("base64"));
const folders = new CopyFolders();
const isRoot = process.getuid?.() === 0;
afterEach(() => folders.remove());

it("brings everything back but what is damaged, tells of that, and does not end well", async () => {
  const raw = new MemoryStorage();
  const stores = copyStores(raw, keys);
  await shipMetadata(await CopyWriter.open(stores, "metadata.metadata"));
  for (const id of ["aaa", "bbb"]) {
    const writer = await shipHistory(await CopyWriter.open(stores, `${id}.0123`), id);
    const base = [...writer.whole.values()].find(({ path: name }) => name.endsWith(".db"));
    if (id === "aaa") await raw.remove(`files/${writer.copyId}/${base?.pieces[0]?.object}`);
  }
  const data = folders.folder();
  const answers: unknown[] = [];
  const output = { answer: (told: unknown) => answers.push(told), note() {}, progress() {} } as unknown as Output;
  expect(await bringBackAll({ stores, signal: NEVER }, { data, placeAttached: false }, output)).not.toBe(0);
  expect(answers).toMatchObject([
    {
      ok: false,
      databases: [
        { id: "aaa", problem: expect.stringContaining("is missing") },
        { id: "bbb", problem: null, file: path.join(data, "databases", "bbb.db") },
      ],
    },
  ]);
  expect(existsSync(path.join(data, "databases", "aaa.db"))).toBe(false);
  expect(existsSync(path.join(data, "databases", "bbb.db"))).toBe(true);
});

it("puts attached files back where they were only where it is asked to and nothing is there", async () => {
  const raw = new MemoryStorage();
  const stores = copyStores(raw, keys);
  await shipMetadata(await CopyWriter.open(stores, "metadata.0123"));
  const outside = folders.folder();
  const file = (name: string) => path.join(outside, name);
  const attached = { origin: "attached" as const };
  for (const [id, at] of [
    ["aaa", file("till.db")],
    ["bbb", file("there.db")],
    ["ccc", path.join(outside, "gone", "far.db")],
    ["ddd", file("logged.db")],
  ] as const) {
    await shipHistory(await CopyWriter.open(stores, `${id}.0123`), id, { ...attached, path: at });
  }
  writeFileSync(file("there.db"), "somebody's");
  writeFileSync(file("logged.db-wal"), "a log of another file");
  const told = async (placeAttached: boolean) => {
    const answers: { databases: { id: string; file: string | null; next: string | null }[] }[] = [];
    const output = { answer: (one: (typeof answers)[0]) => answers.push(one), note() {}, progress() {} };
    const data = folders.folder();
    await bringBackAll({ stores, signal: NEVER }, { data, placeAttached }, output as unknown as Output);
    return answers[0]?.databases;
  };
  expect((await told(false))?.map((one) => one.file)).toEqual([null, null, null, null]);
  expect(existsSync(file("till.db"))).toBe(false);
  expect(await told(true)).toMatchObject([
    { id: "aaa", file: file("till.db"), next: null },
    { id: "bbb", file: null, next: expect.stringContaining("there.db is there") },
    { id: "ccc", file: null, next: expect.stringContaining("gone is not there") },
    { id: "ddd", file: null, next: expect.stringContaining("logged.db-wal is there") },
  ]);
  expect(existsSync(file("till.db"))).toBe(true);
  expect(readFileSync(file("there.db"), "utf8")).toBe("somebody's");
});

it("gives what it puts back to whoever has the folder, and to its group where that is shared", async () => {
  const stores = copyStores(new MemoryStorage(), keys);
  await shipMetadata(await CopyWriter.open(stores, "metadata.0123"));
  const outside = folders.folder();
  for (const [id, mode] of [
    ["shared", 0o2770],
    ["alone", 0o755],
  ] as const) {
    mkdirSync(path.join(outside, id));
    if (isRoot) chownSync(path.join(outside, id), 4711, 4712);
    chmodSync(path.join(outside, id), mode);
    const at = path.join(outside, id, "till.db");
    await shipHistory(await CopyWriter.open(stores, `${id}.0123`), id, { origin: "attached", path: at });
  }
  const data = folders.folder();
  const output = { answer() {}, note() {}, progress() {} } as unknown as Output;
  expect(await bringBackAll({ stores, signal: NEVER }, { data, placeAttached: true }, output)).toBe(0);
  for (const [id, mode] of [
    ["shared", 0o660],
    ["alone", 0o600],
  ] as const) {
    const { uid, gid } = statSync(path.join(outside, id));
    const file = statSync(path.join(outside, id, "till.db"));
    expect([id, file.mode & 0o7777, file.uid, file.nlink]).toEqual([id, mode, uid, 1]);
    if (isRoot || id === "shared") expect(file.gid).toBe(gid);
    expect(readdirSync(path.join(outside, id))).toEqual(["till.db"]);
  }
  expect(readdirSync(path.join(data, "tmp"))).toEqual([]);
});

it.runIf(isRoot)("as root writes nothing through a link that the folder's owner lays in its way", async () => {
  const [ours, theirs] = [folders.folder(), folders.folder()];
  const [state, canary] = [path.join(ours, "state.db"), path.join(ours, "canary")];
  writeFileSync(state, randomBytes(8 * 1024 * 1024));
  writeFileSync(canary, "as it was");
  chmodSync(canary, 0o640);
  chownSync(theirs, 4711, 4712);
  const exchange = new Worker(
    `const { parentPort, workerData: { theirs, canary } } = require("node:worker_threads");
    const fs = require("node:fs");
    parentPort.postMessage("ready");
    for (;;) for (const name of fs.readdirSync(theirs)) {
      if (!name.endsWith(".new")) continue;
      try { fs.unlinkSync(theirs + "/" + name); fs.symlinkSync(canary, theirs + "/" + name); } catch {}
    }`,
    { eval: true, workerData: { theirs, canary } },
  );
  try {
    await new Promise((resolve) => exchange.once("message", resolve));
    const refused: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      await placeAttachedFile(state, path.join(theirs, `${i}.db`), NEVER).catch((error: unknown) =>
        refused.push(error),
      );
    }
    const { uid, gid, mode } = statSync(canary);
    expect([readFileSync(canary, "utf8"), uid, gid, mode & 0o7777]).toEqual(["as it was", 0, 0, 0o640]);
    expect(refused).not.toEqual([]);
    for (const error of refused) expect(error).toMatchObject({ code: "conflict" });
  } finally {
    await exchange.terminate();
  }
});

it("asks whose metadata are meant where several Lastgoods have shipped to one place", async () => {
  const raw = new MemoryStorage();
  const stores = copyStores(raw, keys);
  for (const id of ["metadata.0123", "metadata.4567"]) await shipMetadata(await CopyWriter.open(stores, id));
  const data = folders.folder();
  const output = { answer() {}, note() {}, progress() {} } as unknown as Output;
  const back = (metadata?: string) =>
    bringBackAll({ stores, signal: NEVER }, { data, placeAttached: false, metadata }, output);
  await expect(back()).rejects.toMatchObject({
    code: "conflict",
    details: { hint: expect.stringContaining("metadata.4567") },
  });
  await expect(back("metadata.89ab")).rejects.toMatchObject({ code: "not_found" });
  // Of one that cannot be read nobody knows whether it is the one that is meant.
  for await (const { key } of raw.list("heads/metadata.4567/")) await raw.put(key, flipped(raw, key));
  await expect(back()).rejects.toMatchObject({
    code: "conflict",
    details: { hint: expect.stringContaining("metadata.4567, which cannot be read") },
  });
  expect(await back("metadata.0123")).toBe(0);
});

it("says as of when the metadata are, and does not end well where their newest head was passed over", async () => {
  const raw = new MemoryStorage();
  const stores = copyStores(raw, keys);
  const writer = await CopyWriter.open(stores, "metadata.0123");
  for (const atMs of [1, 2]) await shipMetadata(writer, atMs);
  const answers: unknown[] = [];
  const words: string[] = [];
  const output = {
    answer(told: unknown, lines: () => string[]) {
      answers.push(told);
      words.push(...lines());
    },
    note() {},
    progress() {},
  } as unknown as Output;
  const back = () => bringBackAll({ stores, signal: NEVER }, { data: folders.folder(), placeAttached: false }, output);
  expect(await back()).toBe(0);
  expect(answers).toMatchObject([{ ok: true, metadata: { copyId: "metadata.0123", asOfMs: 2, problem: null } }]);
  expect(words.join("\n")).toContain("as of 1970-01-01T00:00:00.002Z: whoever was removed");
  const head = `heads/metadata.0123/${(writer.head?.serial ?? 0) % 2}`;
  await raw.put(head, flipped(raw, head));
  expect(await back()).not.toBe(0);
  expect(answers[1]).toMatchObject({ ok: false, metadata: { problem: expect.stringContaining("the one before it") } });
});

it("says that the newest head cannot be read, and takes nothing else for damage", async () => {
  const made = folders.made();
  const raw = new MemoryStorage();
  const stores = copyStores(raw, keys);
  const writer = await CopyWriter.open(stores, "shop.0123");
  for (let i = 0; i < 2; i++) {
    await made.commit(5);
    await ship(writer, made.directory);
  }
  expect((await openCopy(stores, "shop.0123")).passedOver).toBeNull();
  const head = `heads/shop.0123/${(writer.head?.serial ?? 0) % 2}`;
  await raw.put(head, flipped(raw, head));
  expect(await readCopies(stores)).toMatchObject([
    { head: { newest: { txid: 6 } }, problem: expect.stringContaining("this is the one before it") },
  ]);
  const failing = { ...stores, open: { ...stores.open, get: () => Promise.reject(new Error("no memory")) } };
  await expect(openCopy(failing, "shop.0123")).rejects.toThrow("no memory");
  await made.writer.close();
});

async function shipMetadata(writer: CopyWriter, atMs = 1): Promise<void> {
  const file = path.join(folders.folder(), "metadata.db");
  migrateSqlite(file);
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = DELETE");
  database.close();
  const bytes = readFileSync(file).length;
  const name = `lastgood-${atMs}.db`;
  const listing = {
    generation: writer.copyId.split(".")[1] ?? "",
    files: [{ path: name, name, kind: "growing" as const, file, bytes, sizeBytes: bytes }],
    newest: { bookmark: "metadata", txid: 0, timeMs: atMs },
    isSound: true,
  };
  await writer.ship(listing, { about: { ...ABOUT, id: "metadata", engine: "metadata" }, capturedUntilMs: 1 });
}

async function shipHistory(writer: CopyWriter, id: string, others: Partial<CopyAbout> = {}): Promise<CopyWriter> {
  const made = folders.made();
  await made.commit(10);
  const history = openHistory(made.directory);
  const listing = { ...listForCopy(history), generation: "0123" };
  await writer.ship(listing, { about: { ...ABOUT, id, name: id, ...others }, capturedUntilMs: 1 });
  history.close();
  await made.writer.close();
  return writer;
}
