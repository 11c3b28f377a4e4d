import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { DatabaseCopy } from "../../../lib/agent/database-copy.ts";
import { OpenCopies } from "../../../lib/agent/open-copies.ts";
import { SecondCopies } from "../../../lib/agent/second-copies.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { SecondCopyState } from "../../../lib/domain/second-copy.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { type CopyStores, copyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { bringBack, listCopies, openCopy } from "../../../lib/storage/copy/read-copy.ts";
import { inOne } from "../../../lib/storage/copy/whole-bytes.ts";
import { parseKeyRing } from "../../../lib/storage/key-ring.ts";
import { S3Storage } from "../../../lib/storage/s3-storage.ts";
import { readBody } from "../../../lib/storage/storage.ts";
import { computeForwards } from "../../world/compute-state.ts";
import { type BucketFault, type FaultyBucket, startFaultyBucket } from "../../world/faulty-bucket.ts";
import { type S3Server, startS3 } from "../../world/s3-server.ts";
import { SqliteWorld } from "../../world/sqlite-world.ts";

const keys = parseKeyRing(randomBytes(32).toString("base64"));
const signal = new AbortController().signal;
let world: SqliteWorld;
let db: ProtectedDatabase;
let s3: S3Server;
let bucket: FaultyBucket;
let direct: S3Storage;
let stores: CopyStores;
let copy: DatabaseCopy;
const told: SecondCopyState[] = [];

beforeAll(async () => {
  world = new SqliteWorld();
  s3 = await startS3();
  bucket = await startFaultyBucket(s3.settings.endpoint ?? "");
  direct = new S3Storage(s3.settings);
  stores = copyStores(new S3Storage({ ...s3.settings, endpoint: bucket.endpoint, silenceMs: 1000 }), keys);
  db = await world.host("copied");
  await write("CREATE TABLE t (a integer PRIMARY KEY, b text)");
  copy = openShipper();
  await untilCaughtUp();
});
afterEach(() => {
  bucket.fault = "none";
});
afterAll(async () => {
  await bucket.stop();
  await s3.stop();
  await world.close();
});

function openShipper(checkEveryMs = 3_600_000): DatabaseCopy {
  return new DatabaseCopy(db.id, {
    stores: () => stores,
    source: world.engine.copySource(db),
    about: () => ({ id: db.id, name: db.name, engine: db.engine, origin: db.origin, path: db.path, windowDays: 30 }),
    capturedThroughMs: async () => (await world.engine.status(db)).capturedThroughMs,
    tell: async (state) => void told.push(state),
    log: pino({ level: "silent" }),
    checkEveryMs,
    firstPauseMs: 20,
    slowMs: 200,
  });
}

const write = (sql: string) => world.engine.query(db, { sql });
const insert = () => write("INSERT INTO t (b) VALUES (hex(randomblob(500)))");

async function untilCaughtUp(shipper = copy): Promise<void> {
  const { bookmark } = await world.engine.current(db);
  for (let tries = 0; tries < 400; tries++) {
    await shipper.look(signal);
    const { shippedBookmark, behindSinceMs, damagedObjects } = shipper.state;
    if (shippedBookmark === bookmark && behindSinceMs === null && damagedObjects === 0) return;
    await sleep(20);
  }
  throw new Error(`it did not catch up: ${JSON.stringify(shipper.state)}`);
}

/** The newest state of the copy, computed from it alone; and its bookmark. */
async function broughtBack(): Promise<{ bookmark: string; state: Buffer; missing: string[] }> {
  const directory = mkdtempSync(path.join(tmpdir(), "brought-back-"));
  try {
    const [copyId = ""] = await listCopies(copyStores(direct, keys));
    const read = await openCopy(copyStores(direct, keys), copyId);
    const { missing } = await bringBack(copyStores(direct, keys), read, directory, { signal, progress() {} });
    const history = openHistory(directory);
    const newest = history.newest();
    const state = computeForwards(history, newest.txid);
    history.close();
    return { bookmark: history.bookmarkOf(newest), state, missing: missing.map(({ path: name }) => name) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

describe("a bucket that fails", () => {
  const faults: [BucketFault, RegExp][] = [
    ["500", /failed/],
    ["denied", /failed/],
    ["full", /failed/],
    ["cut", /failed/],
  ];
  it.each(faults)("%s: it is told, nothing here stops, and it is caught up afterwards", async (fault, words) => {
    const before = await world.engine.current(db);
    bucket.fault = fault;
    for (let i = 0; i < 5; i++) {
      await insert();
      await copy.look(signal);
      await sleep(30);
    }
    expect(copy.state.lastError).toMatch(words);
    expect(copy.state.behindSinceMs).not.toBeNull();
    expect(copy.state.shippedBookmark).toBe(before.bookmark);
    expect(told.at(-1)).toMatchObject({ lastError: copy.state.lastError, behindSinceMs: copy.state.behindSinceMs });
    const status = await world.engine.status(db);
    expect(status).toMatchObject({ state: "protected", problem: null });
    const now = await world.engine.current(db);
    expect(now.txid).toBe(before.txid + 5);
    // What was whole before still is.
    expect((await broughtBack()).bookmark).toBe(before.bookmark);
    bucket.fault = "none";
    await untilCaughtUp();
    expect(copy.state).toMatchObject({ lastError: null, behindSinceMs: null });
    expect(await broughtBack()).toMatchObject({ bookmark: now.bookmark, missing: [] });
  });

  it.each(["silent", "stalled"] as const)(
    "%s: told while it is waited for, one question at a time, and caught up afterwards",
    async (fault) => {
      const before = await world.engine.current(db);
      bucket.fault = fault;
      bucket.asked = 0;
      await insert();
      const looking = copy.look(signal);
      await vi.waitFor(() => expect(told.at(-1)?.lastError).toMatch(/takes longer/), { timeout: 5000 });
      expect(told.at(-1)?.behindSinceMs).not.toBeNull();
      const begunMs = performance.now();
      for (let i = 0; i < 50; i++) await insert();
      // Nobody who writes waits for it, and what is written meanwhile is not waited for one by one.
      expect(performance.now() - begunMs).toBeLessThan(5000);
      expect(bucket.asked).toBeLessThan(5);
      await looking;
      expect(copy.state.lastError).not.toMatch(/takes longer/);
      expect(copy.state.lastError).not.toBeNull();
      expect(await world.engine.status(db)).toMatchObject({ state: "protected", problem: null });
      expect((await broughtBack()).bookmark).toBe(before.bookmark);
      bucket.fault = "none";
      await untilCaughtUp();
      expect(await broughtBack()).toMatchObject({ bookmark: (await world.engine.current(db)).bookmark, missing: [] });
    },
  );

  it("that does not answer holds up nobody who ends the agent", async () => {
    bucket.fault = "silent";
    bucket.asked = 0;
    const file = path.join(mkdtempSync(path.join(tmpdir(), "copy-keys-")), "keys");
    writeFileSync(file, randomBytes(32).toString("base64"));
    const { bucket: name, region, accessKeyId, secretAccessKey } = s3.settings;
    const copies = new SecondCopies({
      copies: new OpenCopies({
        ...{ bucket: name, region, accessKeyId, secretAccessKey, endpoint: bucket.endpoint, prefix: "ending/" },
        ...{ keysFile: file, lockDays: 0, asOfMs: null },
      }),
      databases: async () => [db],
      engine: world.engine,
      metadata: () => null,
      tell: async () => undefined,
      forgetAll: async () => undefined,
      purged: async () => [],
      forget: async () => undefined,
      log: pino({ level: "silent" }),
    });
    copies.start();
    await vi.waitFor(() => expect(bucket.asked).toBeGreaterThan(0), { timeout: 5000 });
    const begunMs = performance.now();
    await copies.stop();
    expect(performance.now() - begunMs).toBeLessThan(2000);
    // Control: whoever is not ended waits on.
    await expect(fetch(bucket.endpoint, { signal: AbortSignal.timeout(500) })).rejects.toThrow(/timeout/);
  });

  it("is shipped to also while nobody knows, without metadata, which databases there are", async () => {
    bucket.fault = "none";
    const file = path.join(mkdtempSync(path.join(tmpdir(), "copy-keys-")), "keys");
    writeFileSync(file, randomBytes(32).toString("base64"));
    const { bucket: name, region, accessKeyId, secretAccessKey } = s3.settings;
    let shipped: string | null = null;
    let asked = 0;
    const copies = new SecondCopies({
      copies: new OpenCopies({
        ...{ bucket: name, region, accessKeyId, secretAccessKey, endpoint: bucket.endpoint, prefix: "away/" },
        ...{ keysFile: file, lockDays: 0, asOfMs: null },
      }),
      databases: async () => {
        if (asked++ > 0) throw new LastgoodError("metadata_unavailable", "The metadata are away.");
        return [db];
      },
      engine: world.engine,
      metadata: () => null,
      tell: async (_, { shippedBookmark }) => {
        shipped = shippedBookmark;
      },
      forgetAll: async () => undefined,
      purged: async () => [],
      forget: async () => undefined,
      log: pino({ level: "silent" }),
    });
    copies.start();
    await vi.waitFor(() => expect(asked).toBeGreaterThan(1), { timeout: 10_000 });
    await insert();
    const { bookmark } = await world.engine.current(db);
    await vi.waitFor(() => expect(shipped).toBe(bookmark), { timeout: 20_000 });
    await copies.stop();
  });

  it("slow: it goes on, and what was written meanwhile is there in the end", async () => {
    bucket.fault = "slow";
    await insert();
    const looking = copy.look(signal);
    await insert();
    await looking;
    await untilCaughtUp();
    expect((await broughtBack()).bookmark).toBe((await world.engine.current(db)).bookmark);
  });

  it("objects deleted and altered there: found by a check, and shipped again from here", async () => {
    await untilCaughtUp();
    const objects: string[] = [];
    for await (const { key } of direct.list(`files/${db.id}.`)) if (key.includes("/piece-")) objects.push(key);
    for (const [i, key] of objects.entries()) {
      const stored = await direct.get(key);
      const bytes = stored ? await readBody(stored.body) : Buffer.alloc(0);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 0x40, bytes.length - 1);
      if (i % 2 === 0) await direct.remove(key);
      else await direct.put(key, inOne(bytes));
    }
    expect((await broughtBack().catch(() => null))?.missing ?? ["all"]).not.toEqual([]);
    const checking = openShipper(0);
    await checking.look(signal);
    await untilCaughtUp(checking);
    expect(checking.state.verifiedAtMs).not.toBeNull();
    const { bookmark, missing } = await broughtBack();
    expect({ bookmark, missing }).toEqual({ bookmark: (await world.engine.current(db)).bookmark, missing: [] });
    copy = openShipper();
  });

  it("control: what nobody ships again after a failure is found to be missing", async () => {
    await untilCaughtUp();
    bucket.fault = "500";
    await insert();
    await copy.look(signal);
    bucket.fault = "none";
    expect((await broughtBack()).bookmark).not.toBe((await world.engine.current(db)).bookmark);
    await untilCaughtUp();
  });
});
