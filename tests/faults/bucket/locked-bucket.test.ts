import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DatabaseCopy } from "../../../lib/agent/database-copy.ts";
import type { CopySettings } from "../../../lib/domain/copy-settings.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { openCopyStore } from "../../../lib/storage/copy/open-copy-store.ts";
import { bringBack, listCopies, openCopy } from "../../../lib/storage/copy/read-copy.ts";
import { inOne } from "../../../lib/storage/copy/whole-bytes.ts";
import { parseKeyRing } from "../../../lib/storage/key-ring.ts";
import type { S3Settings } from "../../../lib/storage/s3-storage.ts";
import { readBody } from "../../../lib/storage/storage.ts";
import { computeForwards } from "../../world/compute-state.ts";
import { makeBucket, s3Client } from "../../world/s3-server.ts";
import { SqliteWorld } from "../../world/sqlite-world.ts";

const keys = parseKeyRing(randomBytes(32).toString("base64"));
const signal = new AbortController().signal;
const DAY_MS = 86_400_000;

type Version = { key: string; versionId: string; isMarker: boolean };

// The server that runs in a process of its own knows no object lock: `tests/world/radosgw.sh start` starts one that does.
describe.skipIf(!process.env.LASTGOOD_TEST_S3_ENDPOINT)("a bucket with object lock", () => {
  let world: SqliteWorld;
  let db: ProtectedDatabase;
  let bucket: S3Settings;
  let client: S3Client;
  let settings: CopySettings;
  let stores: ReturnType<typeof openCopyStore>;
  let copy: DatabaseCopy;
  let newest = "";
  let attackedAtMs = 0;

  beforeAll(async () => {
    world = new SqliteWorld();
    bucket = await makeBucket(true);
    client = s3Client(bucket);
    const { endpoint = null, region, prefix, accessKeyId, secretAccessKey } = bucket;
    const where = { bucket: bucket.bucket, endpoint, region, prefix, accessKeyId, secretAccessKey };
    settings = { ...where, keysFile: null, lockDays: 1, asOfMs: null };
    stores = openCopyStore(settings, keys);
    db = await world.host("copied");
    await write("CREATE TABLE t (a integer PRIMARY KEY, b text)");
    copy = new DatabaseCopy(db.id, {
      stores: () => stores,
      source: world.engine.copySource(db),
      about: () => ({ id: db.id, name: db.name, engine: db.engine, origin: db.origin, path: db.path, windowDays: 30 }),
      capturedThroughMs: async () => (await world.engine.status(db)).capturedThroughMs,
      tell: async () => undefined,
      log: pino({ level: "silent" }),
      firstPauseMs: 20,
      lockEveryMs: 0,
    });
  }, 120_000);
  afterAll(async () => {
    stores.close();
    client.destroy();
    await world.close();
  });

  const write = (sql: string) => world.engine.query(db, { sql });

  async function untilCaughtUp(): Promise<void> {
    const { bookmark } = await world.engine.current(db);
    for (let tries = 0; tries < 200; tries++) {
      await copy.look(signal);
      const { shippedBookmark, behindSinceMs } = copy.state;
      if (shippedBookmark === bookmark && behindSinceMs === null) return;
      await sleep(20);
    }
    throw new Error(`it did not catch up: ${JSON.stringify(copy.state)}`);
  }

  async function versions(): Promise<Version[]> {
    const found: Version[] = [];
    for (let marker: { KeyMarker?: string; VersionIdMarker?: string } | null = {}; marker; ) {
      const page: Awaited<ReturnType<typeof list>> = await list(marker);
      for (const { Key = "", VersionId = "" } of page.Versions ?? [])
        found.push({ key: Key, versionId: VersionId, isMarker: false });
      for (const { Key = "", VersionId = "" } of page.DeleteMarkers ?? [])
        found.push({ key: Key, versionId: VersionId, isMarker: true });
      const { IsTruncated, NextKeyMarker = "", NextVersionIdMarker = "" } = page;
      marker = IsTruncated ? { KeyMarker: NextKeyMarker, VersionIdMarker: NextVersionIdMarker } : null;
    }
    return found;
  }
  const list = (marker: object) => client.send(new ListObjectVersionsCommand({ Bucket: bucket.bucket, ...marker }));

  async function lockedUntil({ key, versionId }: Version): Promise<number | null> {
    const what = { Bucket: bucket.bucket, Key: key, VersionId: versionId };
    const answer = await client.send(new GetObjectRetentionCommand(what)).catch(() => null);
    return answer?.Retention?.Mode === "COMPLIANCE" ? (answer.Retention.RetainUntilDate?.getTime() ?? 0) : null;
  }

  /** Whether the store let go of it. */
  async function removeForGood({ key, versionId }: Version): Promise<boolean> {
    try {
      await client.send(new DeleteObjectCommand({ Bucket: bucket.bucket, Key: key, VersionId: versionId }));
      return true;
    } catch (error) {
      expect((error as { $metadata: { httpStatusCode: number } }).$metadata.httpStatusCode).toBe(403);
      return false;
    }
  }

  async function broughtBack(asOfMs: number | null) {
    const directory = mkdtempSync(path.join(tmpdir(), "brought-back-"));
    const store = openCopyStore({ ...settings, lockDays: 0, asOfMs }, keys);
    try {
      const [copyId = ""] = await listCopies(store);
      const read = await openCopy(store, copyId);
      const { missing } = await bringBack(store, read, directory, { signal, progress() {} });
      const history = openHistory(directory);
      const at = history.newest();
      computeForwards(history, at.txid);
      const bookmark = history.bookmarkOf(at);
      history.close();
      return { bookmark, missing };
    } finally {
      store.close();
      rmSync(directory, { recursive: true, force: true });
    }
  }

  it("keeps all that a copy is made of for as long as was said, and a head that names it", async () => {
    for (let i = 0; i < 30; i++) await write("INSERT INTO t (b) VALUES (hex(randomblob(500)))");
    await untilCaughtUp();
    await copy.look(signal);
    expect(copy.state.lastError).toBeNull();
    newest = (await world.engine.current(db)).bookmark;
    const all = await versions();
    const [copyId = ""] = await listCopies(stores);
    const { head, whole } = await openCopy(stores, copyId);
    const named = [...whole, ...head.files].flatMap(({ pieces }) => pieces.map(({ object }) => object));
    const objects = [...named, head.catalog?.object].map((object) => `files/${copyId}/${object}`);
    expect(objects.length).toBeGreaterThan(2);
    for (const key of objects) {
      const version = all.find((one) => one.key === key);
      expect(version && ((await lockedUntil(version)) ?? 0), key).toBeGreaterThan(Date.now() + 0.9 * DAY_MS);
    }
    const heads = await Promise.all(all.filter(({ key }) => key.startsWith("heads/")).map(lockedUntil));
    expect(heads.filter((until) => until !== null).length).toBeGreaterThan(0);
  });

  it("locks what goes up in parts as well, and says so where a bucket has no lock", async () => {
    const bytes = randomBytes(20 * 1024 * 1024);
    await stores.lasting.put("files/large/object", inOne(bytes));
    const version = (await versions()).find(({ key }) => key === "files/large/object");
    expect(version && ((await lockedUntil(version)) ?? 0)).toBeGreaterThan(Date.now() + 0.9 * DAY_MS);
    expect(version && (await removeForGood(version))).toBe(false);
    const stored = await stores.open.get("files/large/object");
    expect(stored && (await readBody(stored.body)).equals(bytes)).toBe(true);
    const plain = await makeBucket(false);
    const store = openCopyStore({ ...settings, bucket: plain.bucket }, keys);
    expect([await stores.hasObjectLock(), await store.hasObjectLock()]).toEqual([true, false]);
    await expect(store.lasting.put("files/a/b", inOne(bytes.subarray(0, 10)))).rejects.toMatchObject({
      code: "storage_unavailable",
      message: expect.stringMatching(/lock/i),
    });
    store.close();
  });

  it("takes a lock that was set for more days for what it is", async () => {
    const longer = openCopyStore({ ...settings, lockDays: 2 }, keys);
    await longer.lasting.put("files/longer/object", inOne(Buffer.from("one")));
    longer.close();
    await stores.locks?.lock("files/longer/object");
    const version = (await versions()).find(({ key }) => key === "files/longer/object");
    expect(version && ((await lockedUntil(version)) ?? 0)).toBeGreaterThan(Date.now() + 1.9 * DAY_MS);
  });

  it("takes what is not needed any more out of sight, and the copy goes on", async () => {
    const before = copy.state.shippedTxid ?? 0;
    for (let i = 0; i < 20; i++) {
      await write("INSERT INTO t (b) VALUES (hex(randomblob(500)))");
      await copy.look(signal);
    }
    await untilCaughtUp();
    await copy.look(signal);
    await copy.look(signal);
    newest = (await world.engine.current(db)).bookmark;
    expect(copy.state).toMatchObject({ lastError: null, behindSinceMs: null });
    expect(copy.state.shippedTxid ?? 0).toBeGreaterThanOrEqual(before + 20);
    expect(await broughtBack(null)).toEqual({ bookmark: newest, missing: [] });
  });

  it("has everything back that somebody with the credentials removed and overwrote, as of the moment before", async () => {
    // Times of versions are whole seconds.
    await sleep(1100);
    attackedAtMs = Date.now();
    await sleep(1100);
    const removed = await Promise.all((await versions()).map(removeForGood));
    expect(removed).toContain(false);
    const left = new Set((await versions()).map(({ key }) => key));
    for (const key of left) await client.send(new DeleteObjectCommand({ Bucket: bucket.bucket, Key: key }));
    const [head = ""] = [...left].filter((key) => key.startsWith("heads/"));
    await client.send(new PutObjectCommand({ Bucket: bucket.bucket, Key: head, Body: "nothing of ours" }));
    await expect(broughtBack(null)).rejects.toThrow();
    expect(await broughtBack(attackedAtMs)).toEqual({ bookmark: newest, missing: [] });
  });

  it("control: what is not locked is gone for good", async () => {
    const free = await makeBucket(true);
    const store = openCopyStore({ ...settings, bucket: free.bucket, lockDays: 0 }, keys);
    await store.lasting.put("files/a/b", inOne(Buffer.from("one")));
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: free.bucket }));
    const [{ Key = "", VersionId = "" } = {}] = page.Versions ?? [];
    await client.send(new DeleteObjectCommand({ Bucket: free.bucket, Key, VersionId }));
    store.close();
    const past = openCopyStore({ ...settings, bucket: free.bucket, lockDays: 0, asOfMs: Date.now() }, keys);
    expect(await past.open.get("files/a/b")).toBeNull();
    past.close();
  });
});
