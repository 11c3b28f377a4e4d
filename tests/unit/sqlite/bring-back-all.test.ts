import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, it } from "vitest";
import { bringBackAll } from "../../../lib/cli/commands/bring-back-all.ts";
import type { Output } from "../../../lib/cli/output.ts";
import { listForCopy } from "../../../lib/engines/sqlite/copy/list-for-copy.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { copyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../../lib/storage/copy/copy-writer.ts";
import { readCopies } from "../../../lib/storage/copy/list-copies.ts";
import { openCopy } from "../../../lib/storage/copy/read-copy.ts";
import { parseKeyRing } from "../../../lib/storage/key-ring.ts";
import { MemoryStorage } from "../../../lib/storage/memory-storage.ts";
import { ABOUT, CopyFolders, flipped, NEVER, ship } from "../../world/copied-history.ts";

const keys = parseKeyRing(randomBytes(32).toString("base64"));
const folders = new CopyFolders();
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
  expect(await bringBackAll({ stores, signal: NEVER }, data, output)).not.toBe(0);
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

async function shipMetadata(writer: CopyWriter): Promise<void> {
  const file = path.join(folders.folder(), "metadata.db");
  const database = new DatabaseSync(file);
  database.exec(`CREATE TABLE "Database" ("id" text, "engine" text, "origin" text, "path" text)`);
  database.close();
  const bytes = readFileSync(file).length;
  const name = "lastgood-1.db";
  const listing = {
    generation: "metadata",
    files: [{ path: name, name, kind: "growing" as const, file, bytes, sizeBytes: bytes }],
    newest: { bookmark: "metadata", txid: 0, timeMs: 1 },
    isSound: true,
  };
  await writer.ship(listing, { about: { ...ABOUT, id: "metadata", engine: "metadata" }, capturedUntilMs: 1 });
}

async function shipHistory(writer: CopyWriter, id: string): Promise<CopyWriter> {
  const made = folders.made();
  await made.commit(10);
  const history = openHistory(made.directory);
  const listing = { ...listForCopy(history), generation: "0123" };
  await writer.ship(listing, { about: { ...ABOUT, id, name: id }, capturedUntilMs: 1 });
  history.close();
  await made.writer.close();
  return writer;
}
