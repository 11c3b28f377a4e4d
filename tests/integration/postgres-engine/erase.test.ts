import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { Receiver } from "../../../lib/engines/postgres/receiver/receiver.ts";
import { checkCopy } from "../../../lib/storage/copy/check-copy.ts";
import { type CopyStores, copyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../../lib/storage/copy/copy-writer.ts";
import { bringBack, openCopy } from "../../../lib/storage/copy/read-copy.ts";
import { parseKeyRing } from "../../../lib/storage/key-ring.ts";
import { visitPoints } from "../../../lib/storage/reach-point.ts";
import { S3Storage } from "../../../lib/storage/s3-storage.ts";
import { CLUSTER_ERASE_POINTS, clusterFilesWith } from "../../world/cluster-erase-points.ts";
import { ClusterWorld, type HostedCluster } from "../../world/cluster-world.ts";
import { type S3Server, startS3 } from "../../world/s3-server.ts";
import { quietRun } from "../../world/sqlite-world.ts";

const CANARY = "Ada-Example-12-Somewhere-Street";
let world: ClusterWorld;
let cluster: HostedCluster;
/** A time when the person was gone; a base backup of before and of after what was deleted was written over. */
let goneMs: number;
let notYetVacuumed: string;
let s3: S3Server | null = null;
const broughtBack = mkdtempSync("/tmp/lg-erased-");

const run = (sql: string) => world.run(cluster.db, sql);
const current = () => world.engine.current(cluster.db);
const switchSegment = async () => (await world.connect(cluster.db, "superuser")).query("SELECT pg_switch_wal()");
const filesWith = (...folders: string[]) => clusterFilesWith(folders, Buffer.from(CANARY));
/** All that is kept of the cluster but what it serves from. */
const kept = () => filesWith(cluster.places.history, cluster.places.aside, cluster.places.work, world.data);
const countAt = async (bookmark: Bookmark) => {
  const { results } = await world.engine.view(
    cluster.db,
    { bookmark: bookmark },
    { sql: "SELECT count(*)::int AS n, count(*) FILTER (WHERE name LIKE 'Ada%')::int AS ada FROM people" },
  );
  return results.at(-1)?.results[0];
};

/** Ships all of the history, as the agent does, twice: of the two heads neither names anything of before then. */
async function ship(stores: CopyStores): Promise<CopyWriter> {
  const { db } = cluster;
  const writer = await CopyWriter.open(stores, db.id);
  await world.flush(db);
  const about = { id: db.id, name: db.name, engine: db.engine, origin: db.origin, path: db.path, windowDays: 30 };
  for (let whole = 0; whole < 2; ) {
    const listing = world.engine.copySource(db).list();
    if ((await writer.ship(listing, { about, capturedUntilMs: Date.now() })).isComplete) whole++;
  }
  return writer;
}

async function objectsIn(stores: CopyStores): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of stores.raw.list("files/")) keys.push(key);
  return keys;
}

/** The files of a copy that hold the person. */
async function copiedWith(stores: CopyStores, name: string): Promise<string[]> {
  const directory = path.join(broughtBack, name);
  const signal = new AbortController().signal;
  await bringBack(stores, await openCopy(stores, cluster.db.id), directory, { signal, progress() {} });
  return filesWith(directory);
}

beforeAll(async () => {
  world = await ClusterWorld.start();
  cluster = await world.host("people");
  await run("CREATE TABLE people(id int GENERATED ALWAYS AS IDENTITY, name text)");
  await run(`INSERT INTO people(name) SELECT '${CANARY}' FROM generate_series(1, 20)`);
  await run("ANALYZE people");
  await world.base(cluster.db);
  const { bookmark } = await current();
  await switchSegment();
  await run("INSERT INTO people(name) VALUES ('Ben')");
  // One data directory is set aside, and what serves has an incarnation of its own.
  await world.engine.restore(cluster.db, randomUUID(), bookmark, quietRun());
  // Of a table that is left empty ANALYZE keeps what it knew before.
  await run("INSERT INTO people(name) VALUES ('Zoe')");
  await run("DELETE FROM people WHERE name LIKE 'Ada%'");
  ({ directory: notYetVacuumed } = await world.base(cluster.db));
  await run("VACUUM FULL people");
  await run("ANALYZE people");
  await run("VACUUM FULL pg_statistic");
  await switchSegment();
  await run("INSERT INTO people(name) VALUES ('Cem')");
  goneMs = Date.now();
  await sleep(1100);
  await run("INSERT INTO people(name) VALUES ('Dora')");
}, 180_000);
afterAll(async () => {
  await world.close();
  await s3?.stop();
  rmSync(broughtBack, { recursive: true, force: true });
});
afterEach(() => visitPoints(null));

test("a history begins with the first base backup after the moment: said before, settled once that is taken", async () => {
  const { room } = world.engine;
  const before = await room.planErasure(cluster.db, goneMs);
  expect(before.more).toEqual({ commits: 1, isTaken: false });
  await expect(room.planErasure(cluster.db, Date.now() + 60_000)).rejects.toMatchObject({ code: "moment_in_future" });
  const settled = await room.prepareErasure(cluster.db, goneMs, quietRun());
  expect(settled.more?.isTaken).toBe(true);
  expect(settled.begins.timeMs).toBeGreaterThan(goneMs);
  expect(await room.planErasure(cluster.db, goneMs)).toEqual(settled);
  expect(await room.prepareErasure(cluster.db, goneMs, quietRun())).toEqual(settled);
});

test("what somebody began to look at while the base was verified is waited for, and nothing goes before", async () => {
  const { room } = world.engine;
  const { begins } = await room.planErasure(cluster.db, goneMs);
  // What is received moves into the archive by itself.
  const there = kept().filter((file) => !file.includes("/wal/"));
  const { bookmark } = await current();
  let looking: Promise<unknown> = Promise.resolve();
  const progress = (_: string, done: number) => {
    if (done === 1) looking = countAt(bookmark);
  };
  const order = { begins: begins.bookmark, beforeMs: goneMs };
  await expect(room.erase(cluster.db, order, { ...quietRun(), progress })).rejects.toMatchObject({
    code: "restore_conflict",
  });
  await looking;
  expect(kept()).toEqual(expect.arrayContaining(there));
});

test("killed at any step and repeated, nothing of before is left anywhere, and every later state is as it was", {
  timeout: 180_000,
}, async () => {
  const { room } = world.engine;
  await run("INSERT INTO people(name) VALUES ('Eve')");
  await switchSegment();
  await run("INSERT INTO people(name) VALUES ('Fay')");
  const later = await current();
  const { begins } = await room.planErasure(cluster.db, goneMs);
  const warm = await countAt(later.bookmark);
  expect(warm).toEqual({ n: 5, ada: 0 });
  // The control: until then it is there: in bases, in log, and in what was set aside; also in a base of after the DELETE alone.
  const there = kept();
  for (const part of ["/arch/", "/bases/", "/aside/", notYetVacuumed]) {
    expect(
      there.some((file) => file.includes(part)),
      part,
    ).toBe(true);
  }
  const order = { begins: begins.bookmark, beforeMs: goneMs };
  s3 = await startS3();
  const stores = copyStores(new S3Storage(s3.settings), parseKeyRing(randomBytes(32).toString("base64")));
  await ship(stores);
  const shippedBefore = await objectsIn(stores);
  expect((await copiedWith(stores, "before")).length).toBeGreaterThan(2);
  for (const point of CLUSTER_ERASE_POINTS) {
    let isReached = false;
    visitPoints((name) => {
      if (name !== point) return;
      isReached = true;
      throw new Error(`killed at ${name}`);
    });
    await expect(room.erase(cluster.db, order, quietRun())).rejects.toThrow();
    visitPoints(null);
    expect(isReached, point).toBe(true);
    expect((await world.engine.resolve(cluster.db, { bookmark: later.bookmark })).txid).toBe(later.txid);
    expect((await world.engine.resolve(cluster.db, { bookmark: begins.bookmark })).bookmark).toBe(begins.bookmark);
  }
  await room.erase(cluster.db, order, quietRun());
  expect(kept()).toEqual([]);
  expect((await world.engine.window(cluster.db)).oldest?.bookmark).toBe(begins.bookmark);
  await expect(world.engine.resolve(cluster.db, { timestampMs: goneMs - 500 })).rejects.toMatchObject({
    code: "moment_outside_window",
  });
  expect(await countAt(later.bookmark)).toEqual({ n: 5, ada: 0 });
  expect((await countAt(begins.bookmark))?.ada).toBe(0);
  // A repeat finds nothing, and nothing goes.
  expect(await room.erase(cluster.db, order, quietRun())).toEqual({ removedBytes: 0 });
  // The second copy follows; what no head names goes an hour later.
  const writer = await ship(stores);
  await checkCopy(await CopyWriter.open(stores, cluster.db.id), { sampleBytes: 1e9, nowMs: Date.now() + 7_200_000 });
  const named = new Set([...writer.objects()].map((object) => `files/${cluster.db.id}/${object}`));
  const left = await objectsIn(stores);
  expect(left.filter((key) => !named.has(key))).toEqual([]);
  expect(left.filter((key) => shippedBefore.includes(key)).length).toBeLessThan(shippedBefore.length);
  expect(await copiedWith(stores, "after")).toEqual([]);
});

test("capture goes on with the numbers that it had, also after the receiver was started anew", {
  timeout: 60_000,
}, async () => {
  const before = await current();
  await run("INSERT INTO people(name) VALUES ('Gil')");
  expect((await current()).txid).toBe(before.txid + 1);
  await world.receiver?.stop();
  world.receiver = await Receiver.start({ paths: world.paths, log: world.log });
  await world.until(cluster.db, ({ state }) => state === "protected");
  await run("INSERT INTO people(name) VALUES ('Hal')");
  const after = await current();
  expect(after.txid).toBe(before.txid + 2);
  expect(await countAt(after.bookmark)).toEqual({ n: 7, ada: 0 });
});
