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
import { closeMetadata, metadata, openMetadata } from "../../../lib/db/client.ts";
import { dumpPostgres } from "../../../lib/db/dump-postgres.ts";
import { loadPostgres } from "../../../lib/db/load-postgres.ts";
import { migratePostgres } from "../../../lib/db/migrate-postgres.ts";
import { Displaced } from "../../../lib/domain/displaced.ts";
import { metadataGeneration } from "../../../lib/domain/second-copy.ts";
import type { ClusterHistory } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { readEnv } from "../../../lib/env.ts";
import { findDisplacement } from "../../../lib/services/agents/find-displacement.ts";
import { registerAgent } from "../../../lib/services/agents/register-agent.ts";
import { claimJob } from "../../../lib/services/jobs/claim-job.ts";
import { copyIdOf } from "../../../lib/storage/copy/copy-format.ts";
import type { CopyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../../lib/storage/copy/copy-writer.ts";
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
  await loadPostgres(empty.url, file, null);
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
  const write = (name: string, changed: string) => {
    writeFileSync(path.join(folder, name), zstdCompressSync(changed));
    return path.join(folder, name);
  };
  await expect(loadPostgres(url(), file, null)).rejects.toMatchObject({ code: "conflict" });
  const cut = write("cut", text.slice(0, text.lastIndexOf("#")));
  await expect(loadPostgres(empty.url, cut, null)).rejects.toMatchObject({ code: "storage_damaged" });
  const db = openMetadata({ provider: "postgres", url: empty.url });
  expect(await db.setting.count()).toBe(0);
  expect(await db.namespace.count()).toBe(0);
  await db.$disconnect();
  const other = await makeDatabase();
  const newer = write("newer", text.replace('"migrations":[', '"migrations":["29991231_newer",'));
  await expect(loadPostgres(other.url, newer, null)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("another version"),
  });
  await other.remove();
  const used = await makeDatabase();
  await migratePostgres(used.url);
  await expect(loadPostgres(used.url, file, null)).rejects.toMatchObject({ code: "conflict" });
  await used.remove();
});

test("several agents ship them to one bucket, and the place of the one that is named is taken from there alone", async () => {
  const s3: S3Server = await startS3();
  const keysFile = path.join(folder, "keys");
  writeFileSync(keysFile, randomBytes(32).toString("base64"));
  const { endpoint = null, bucket, region, prefix, accessKeyId, secretAccessKey } = s3.settings;
  const settings = { bucket, endpoint, region, prefix, accessKeyId, secretAccessKey };
  const copy = { ...settings, keysFile, lockDays: 0, asOfMs: null };
  const stores = new OpenCopies(copy).stores();
  const agentId = await world.agentId();
  const other = await addAgent();
  const shop = await metadata().database.findFirstOrThrow({ where: { name: "shop" } });
  const theirs = await world.addDatabase(shop.namespaceId, "theirs");
  await metadata().database.update({ where: { id: theirs }, data: { agentId: other } });
  const till = await addCluster(shop.namespaceId, agentId);
  const former = await registerAgent({ region: "default", socketPath: "/run/agent.sock" });
  const restoreId = await addOpenRestore(till, agentId);
  await shipHistory(stores, theirs, "sqlite");
  await shipHistory(stores, till, "postgres");
  for (const id of [agentId, other]) {
    const shipper = openSecondCopies({
      agentId: id,
      env: { ...readEnv(), copy },
      engine: {} as never,
      databases: { toCapture: async () => [] } as never,
      copies: new OpenCopies(copy),
      log: { debug() {}, info() {}, warn() {}, error() {} } as never,
    });
    shipper.start();
    const isThere = async () => {
      for await (const { key } of stores.raw.list(`heads/metadata.${metadataGeneration(id)}`)) return key !== "";
      return false;
    };
    await expect.poll(isThere, { timeout: 30_000 }).toBe(true);
    await shipper.stop();
  }

  const open = { stores: new OpenCopies(copy).stores(), signal: new AbortController().signal };
  const said: { databases: { id: string }[] }[] = [];
  const output = { answer: (what: (typeof said)[0]) => said.push(what), note() {}, progress() {} } as unknown as Output;
  const named = `metadata.${metadataGeneration(agentId)}`;
  const back = (data: string, which?: string) =>
    bringBackAll(open, { data: path.join(folder, data), placeAttached: false, metadata: which }, output);
  const formerUrl = url();
  try {
    const both = [named, `metadata.${metadataGeneration(other)}`].toSorted().join(".*");
    await expect(back("unnamed")).rejects.toMatchObject({
      code: "conflict",
      details: { hint: expect.stringMatching(new RegExp(both)) },
    });
    expect(existsSync(path.join(folder, "unnamed"))).toBe(false);
    delete process.env.DATABASE_URL;
    await expect(back("no-server", named)).rejects.toMatchObject({ details: { field: "DATABASE_URL" } });
    process.env.DATABASE_URL = formerUrl;
    await expect(back("not-empty", named)).rejects.toMatchObject({ code: "conflict" });
    process.env.DATABASE_URL = empty.url;
    const data = path.join(folder, "whole");
    const code = await back("whole", named);
    expect(code, JSON.stringify(said)).toBe(0);
    expect(said).toMatchObject([{ ok: true, data, metadata: { copyId: named, asOfMs: expect.any(Number) } }]);
    const told = new Map(said[0]?.databases.map((one) => [one.id, one]));
    expect(told.get(theirs)).toMatchObject({ file: null, next: expect.stringContaining("its agent is another one") });
    expect(told.get(till)).toMatchObject({ next: "restored in place by the first start" });
    expect(readdirSync(path.join(data, "history"))).toEqual([till]);
    expect(readdirSync(data).filter((name) => name.endsWith(".rows"))).toEqual([]);
    expect(existsSync(path.join(data, "secret"))).toBe(existsSync(path.join(world.data, "secret")));

    await closeMetadata();
    const db = metadata();
    const placed = await db.database.findFirstOrThrow({ where: { name: "shop" } });
    expect(placed.path).toBe(path.join(data, "databases", `${placed.id}.db`));
    expect((await db.database.findUniqueOrThrow({ where: { id: theirs } })).path).toContain(world.data);
    expect(await db.setting.count()).toBeGreaterThanOrEqual(1_201);
    const row = await db.agent.findUniqueOrThrow({ where: { id: agentId } });
    expect(row.machineId).toBe(readFileSync(path.join(data, "machine-id"), "utf8").trim());
    expect((await db.agent.findUniqueOrThrow({ where: { id: other } })).epoch).toBe(0);

    // What was open is ended, and the newest state is restored instead: by nobody but whoever has the place.
    expect(await db.restore.findUniqueOrThrow({ where: { id: restoreId } })).toMatchObject({
      status: "failed",
      openKey: null,
      errorCode: "cancelled",
    });
    const [queued] = await db.job.findMany({ where: { status: { in: ["queued", "running"] } } });
    expect(queued).toMatchObject({ kind: "restore.run", databaseId: till, agentId, status: "queued" });
    const claim = (epoch: number) => claimJob({ agentId, epoch, holder: randomUUID(), leaseMs: 1_000 });
    expect(await claim(former.epoch)).toBeNull();
    expect(await findDisplacement(former, former.machine.machineId)).toBeInstanceOf(Displaced);
    process.env.LASTGOOD_DATA = world.data;
    const place = { region: "default", socketPath: "/run/agent.sock" };
    await expect(registerAgent(place)).rejects.toBeInstanceOf(Displaced);
    process.env.LASTGOOD_DATA = data;
    const now = await registerAgent(place);
    expect(now.agentId).toBe(agentId);
    expect(await claim(now.epoch)).toMatchObject({ kind: "restore.run", databaseId: till });
  } finally {
    process.env.DATABASE_URL = formerUrl;
    process.env.LASTGOOD_DATA = world.data;
    await closeMetadata();
    await s3.stop();
  }
});

async function addAgent(): Promise<string> {
  const id = randomUUID();
  const data = { id, region: "default", epoch: 0, seenAtMs: 0n, socketPath: "/run/other.sock" };
  await metadata().agent.create({ data });
  return id;
}

async function addCluster(namespaceId: string, agentId: string): Promise<string> {
  const id = await world.addDatabase(namespaceId, "till");
  await metadata().database.update({ where: { id }, data: { engine: "postgres", agentId, state: "restoring" } });
  return id;
}

/** A restore of it in place that has begun. */
async function addOpenRestore(databaseId: string, agentId: string): Promise<string> {
  const [id, jobId] = [randomUUID(), randomUUID()];
  const times = { createdAtMs: 1n, startedAtMs: 1n };
  const payload = JSON.stringify({ restoreId: id });
  await metadata().job.create({
    data: {
      id: jobId,
      kind: "restore.run",
      databaseId,
      agentId,
      payload,
      status: "running",
      leaseUntilMs: 1n,
      ...times,
    },
  });
  const goal = { targetKind: "project", sourceKind: "bookmark", toBookmark: "-", toTimeMs: 1n, planDigest: "" };
  await metadata().restore.create({
    data: { id, databaseId, jobId, openKey: databaseId, ...goal, status: "running", ...times },
  });
  return id;
}

/** A copy whose history says no more than what it is of. */
async function shipHistory(stores: CopyStores, id: string, engine: "sqlite" | "postgres"): Promise<void> {
  const writer = await CopyWriter.open(stores, copyIdOf(id, "0123", 1));
  const cluster: ClusterHistory = {
    ...{ version: 1, databaseId: id, tag: "0123456789abcdef", systemIdentifier: "7", serverVersion: 17 },
    ...{ segmentBytes: 16_777_216, superuser: "lastgood", incarnations: [], stretches: [], gaps: [] },
  };
  const content = Buffer.from(JSON.stringify(cluster));
  const files = [{ path: "history.json", name: "history.json", kind: "content" as const, content }];
  const newest = { bookmark: `${id}-newest`, txid: 1, timeMs: 1 };
  const about = { id, name: id, engine, origin: "hosted" as const, path: "/x", windowDays: 30 };
  await writer.ship({ generation: "0123", files, newest, isSound: true }, { about, capturedUntilMs: 1 });
}
