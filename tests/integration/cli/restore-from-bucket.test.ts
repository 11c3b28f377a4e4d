import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listForCopy } from "../../../lib/engines/sqlite/copy/list-for-copy.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { copyIdOf } from "../../../lib/storage/copy/copy-format.ts";
import { copyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../../lib/storage/copy/copy-writer.ts";
import { parseKeyRing } from "../../../lib/storage/key-ring.ts";
import { S3Storage } from "../../../lib/storage/s3-storage.ts";
import { FileHistory } from "../../world/file-history.ts";
import { runLastgood } from "../../world/run-lastgood.ts";
import { type S3Server, startS3 } from "../../world/s3-server.ts";

const ID = "5f3b0d9e-0000-4000-8000-000000000001";
const folder = mkdtempSync(path.join(tmpdir(), "from-bucket-"));
const key = randomBytes(32).toString("base64");
let s3: S3Server;
let history: FileHistory;
let env: Record<string, string>;
let middle: { bookmark: string; rows: number };

beforeAll(async () => {
  s3 = await startS3();
  history = new FileHistory();
  history.commit("CREATE TABLE t (id integer PRIMARY KEY, body text)");
  history.insert("t", 40);
  await history.flush();
  middle = { bookmark: await ship(), rows: 40 };
  history.insert("t", 60);
  await history.flush();
  await ship();
  const keys = path.join(folder, "copy.keys");
  writeFileSync(keys, `${key}\n`);
  env = {
    LASTGOOD_COPY_ENDPOINT: s3.settings.endpoint ?? "",
    LASTGOOD_COPY_ACCESS_KEY: s3.settings.accessKeyId,
    LASTGOOD_COPY_SECRET_KEY: s3.settings.secretAccessKey,
    LASTGOOD_COPY_KEYS: keys,
  };
});
afterAll(async () => {
  await s3.stop();
  await history.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Ships what there is; the bookmark of the newest commit. */
async function ship(): Promise<string> {
  const opened = openHistory(history.made.directory);
  const listing = listForCopy(opened);
  opened.close();
  const stores = copyStores(new S3Storage(s3.settings), parseKeyRing(key));
  const writer = await CopyWriter.open(stores, copyIdOf(ID, listing.generation, 1));
  const about = { id: ID, name: "shop", engine: "sqlite", origin: "hosted", path: "/x", windowDays: 30 } as const;
  await writer.ship(listing, { about, capturedUntilMs: listing.newest.timeMs });
  return listing.newest.bookmark;
}

const run = (...args: string[]) =>
  runLastgood(["restore-offline", "--bucket", s3.settings.bucket, ...args, "--json"], { env });
function rowsIn(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare("SELECT count(*) AS n FROM t").get();
  database.close();
  return Number(row?.n);
}

it("lists what is there, and restores one to its newest and to an earlier moment", async () => {
  const listed = await run();
  expect(listed.code).toBe(0);
  expect(JSON.parse(listed.out).databases).toMatchObject([
    { id: ID, name: "shop", engine: "sqlite", isNewest: true, problem: null },
  ]);
  const newest = path.join(folder, "newest.db");
  expect(await run("--database", "shop", "--to", "newest", "--output", newest)).toMatchObject({ code: 0, err: "" });
  expect(rowsIn(newest)).toBe(100);
  const earlier = path.join(folder, "earlier.db");
  expect((await run("--database", ID, "--to", middle.bookmark, "--output", earlier)).code).toBe(0);
  expect(rowsIn(earlier)).toBe(middle.rows);
  // What was fetched on the way is gone again.
  expect(readdirSync(folder).sort()).toEqual(["copy.keys", "earlier.db", "newest.db"]);
  expect((await run("--database", "shop", "--to", "newest", "--output", newest)).code).toBe(5);
});

it("brings a history back into a folder, and tells what it holds", async () => {
  const back = path.join(folder, "history");
  const told = JSON.parse((await run("--database", "shop", "--history", back)).out);
  expect(told).toMatchObject({ ok: true, directory: back, newest: { bookmark: expect.any(String) } });
  expect(readdirSync(back).some((name) => name.startsWith("base-"))).toBe(true);
  expect((await run("--database", "shop", "--history", back)).code).toBe(5);
});

it("says what is missing: a database, the metadata, the key, a way there, an option", async () => {
  expect(await run("--database", "till", "--to", "newest")).toMatchObject({
    code: 3,
    out: expect.stringContaining("shop"),
  });
  const all = path.join(folder, "all");
  expect(await run("--all", all)).toMatchObject({ code: 3, out: expect.stringContaining("metadata") });
  expect(existsSync(all)).toBe(false);
  const other = path.join(folder, "other.keys");
  writeFileSync(other, `${randomBytes(32).toString("base64")}\n`);
  const sealed = await run("--keys", other);
  expect(sealed.code).toBe(4);
  expect(sealed.out).toContain("not among the storage keys");
  expect((await run("--to", "newest")).code).toBe(2);
  const away = await runLastgood(["restore-offline", "--bucket", "x", "--json"], {
    env: { ...env, LASTGOOD_COPY_ENDPOINT: "http://127.0.0.1:9" },
  });
  expect(away).toMatchObject({ code: 6, out: expect.stringContaining("storage_unavailable") });
  const nobody = await runLastgood(["restore-offline", "--bucket", "x", "--json"], {
    env: { ...env, LASTGOOD_COPY_ACCESS_KEY: "" },
  });
  expect(nobody).toMatchObject({ code: 2, out: expect.stringContaining("LASTGOOD_COPY_ACCESS_KEY") });
});
