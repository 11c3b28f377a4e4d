import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OpenCopies } from "../../../lib/agent/open-copies.ts";
import { openSecondCopies } from "../../../lib/agent/open-second-copies.ts";
import { bringBackAll } from "../../../lib/cli/commands/bring-back-all.ts";
import type { Output } from "../../../lib/cli/output.ts";
import { metadata, openMetadata } from "../../../lib/db/client.ts";
import { dumpPostgres } from "../../../lib/db/dump-postgres.ts";
import { loadPostgres } from "../../../lib/db/load-postgres.ts";
import { migratePostgres } from "../../../lib/db/migrate-postgres.ts";
import { readEnv } from "../../../lib/env.ts";
import { makeDatabase } from "../../world/make-store.ts";
import { type S3Server, startS3 } from "../../world/s3-server.ts";
import { type MetadataWorld, openMetadataWorld } from "../services/open-metadata-world.ts";

const url = () => process.env.DATABASE_URL ?? "";
const NASTY = `line one\nline two # "quoted" \\ 'single' {"table":1} ${String.fromCodePoint(0x1f409)} ü ${"x".repeat(5000)}`;

let world: MetadataWorld;
let empty: Awaited<ReturnType<typeof makeDatabase>>;
let folder = "";
beforeEach(async () => {
  world = await openMetadataWorld();
  empty = await makeDatabase();
  folder = mkdtempSync(path.join(tmpdir(), "metadata-copy-"));
  const namespace = await world.addNamespace("acme");
  await world.addUser("ada@example.com", { [namespace]: "owner" });
  const shop = await world.addDatabase(namespace, "shop");
  // Their parents may come behind them.
  for (let i = 0; i < 5; i++) await world.addPreview(shop, `preview-${i}`);
  await world.addRestorePoint(shop, NASTY.slice(0, 70));
  await metadata().setting.createMany({
    data: Array.from({ length: 1_201 }, (_, i) => ({ key: `key-${i}`, value: i === 7 ? NASTY : `${i}` })),
  });
  await metadata().database.update({ where: { id: shop }, data: { createdAtMs: 9_007_199_254_740_993n } });
});
afterEach(async () => {
  await empty.remove();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const dumped = async (from: string, name: string) => {
  const file = path.join(folder, name);
  await dumpPostgres(from, file);
  return { file, text: zstdDecompressSync(readFileSync(file)).toString("utf8") };
};

/** Rows of each table in any order. */
const rowsOf = (text: string) =>
  text
    .split("\n#")
    .map((part) => part.split("\n").toSorted().join("\n"))
    .join("\n#");

test("every row of the metadata comes back, as it was, into an empty database", async () => {
  const { file, text } = await dumped(url(), "before");
  await loadPostgres(empty.url, file, { agentId: null, hosted: "/elsewhere/databases" });
  const after = await dumped(empty.url, "after");
  expect(rowsOf(after.text)).toBe(rowsOf(text));
  expect(text.split("\n").length).toBeGreaterThan(1_220);
  const db = openMetadata({ provider: "postgres", url: empty.url });
  expect((await db.setting.findUniqueOrThrow({ where: { key: "key-7" } })).value).toBe(NASTY);
  expect((await db.database.findFirstOrThrow({ where: { name: "shop" } })).createdAtMs).toBe(9_007_199_254_740_993n);
  await db.$disconnect();
});

test("nothing is brought back over anything, halfway, or by another version", async () => {
  const { file, text } = await dumped(url(), "whole");
  const place = { agentId: null, hosted: "/elsewhere" };
  const write = (name: string, changed: string) => {
    writeFileSync(path.join(folder, name), zstdCompressSync(changed));
    return path.join(folder, name);
  };
  await expect(loadPostgres(url(), file, place)).rejects.toMatchObject({ code: "conflict" });
  const cut = write("cut", text.slice(0, text.lastIndexOf("#")));
  await expect(loadPostgres(empty.url, cut, place)).rejects.toMatchObject({ code: "storage_damaged" });
  const db = openMetadata({ provider: "postgres", url: empty.url });
  expect(await db.setting.count()).toBe(0);
  expect(await db.namespace.count()).toBe(0);
  await db.$disconnect();
  const other = await makeDatabase();
  const newer = write("newer", text.replace('"migrations":[', '"migrations":["29991231_newer",'));
  await expect(loadPostgres(other.url, newer, place)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("another version"),
  });
  await other.remove();
  const used = await makeDatabase();
  await migratePostgres(used.url);
  await expect(loadPostgres(used.url, file, place)).rejects.toMatchObject({ code: "conflict" });
  await used.remove();
});

test("an agent ships them to its bucket, and everything is brought back from there alone", async () => {
  const s3: S3Server = await startS3();
  const keysFile = path.join(folder, "keys");
  writeFileSync(keysFile, randomBytes(32).toString("base64"));
  const { endpoint = null, bucket, region, prefix, accessKeyId, secretAccessKey } = s3.settings;
  const settings = { bucket, endpoint, region, prefix, accessKeyId, secretAccessKey };
  const copy = { ...settings, keysFile, lockDays: 0, asOfMs: null };
  const copies = new OpenCopies(copy);
  const agentId = await world.agentId();
  const shipper = openSecondCopies({
    agentId,
    env: { ...readEnv(), copy },
    engine: {} as never,
    databases: { toCapture: async () => [] } as never,
    copies,
    log: { debug() {}, info() {}, warn() {}, error() {} } as never,
  });
  shipper.start();
  const stores = copies.stores();
  const isThere = async () => {
    for await (const { key } of stores.raw.list("heads/metadata.")) return key !== "";
    return false;
  };
  await expect.poll(isThere, { timeout: 30_000 }).toBe(true);
  await shipper.stop();

  const open = { stores: new OpenCopies(copy).stores(), signal: new AbortController().signal };
  const said: unknown[] = [];
  const output = { answer: (what: unknown) => said.push(what), note() {}, progress() {} } as unknown as Output;
  const former = url();
  try {
    delete process.env.DATABASE_URL;
    await expect(
      bringBackAll(open, { data: path.join(folder, "no-server"), placeAttached: false }, output),
    ).rejects.toMatchObject({
      details: { field: "DATABASE_URL" },
    });
    process.env.DATABASE_URL = former;
    await expect(
      bringBackAll(open, { data: path.join(folder, "not-empty"), placeAttached: false }, output),
    ).rejects.toMatchObject({
      code: "conflict",
    });
    process.env.DATABASE_URL = empty.url;
    const data = path.join(folder, randomUUID());
    expect(await bringBackAll(open, { data, placeAttached: false }, output)).toBe(0);
    expect(said).toMatchObject([{ ok: true, data }]);
    expect(readdirSync(data).filter((name) => name.endsWith(".rows"))).toEqual([]);
    expect(existsSync(path.join(data, "secret"))).toBe(existsSync(path.join(world.data, "secret")));
    const db = openMetadata({ provider: "postgres", url: empty.url });
    const shop = await db.database.findFirstOrThrow({ where: { name: "shop" } });
    expect(shop.path).toBe(path.join(data, "databases", `${shop.id}.db`));
    expect((await db.agent.findUniqueOrThrow({ where: { id: agentId } })).machineId).toBeNull();
    expect(await db.setting.count()).toBeGreaterThanOrEqual(1_201);
    await db.$disconnect();
  } finally {
    process.env.DATABASE_URL = former;
    await s3.stop();
  }
});
