import { execFileSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import {
  describeCluster,
  indexBroughtBack,
  resolveInCluster,
  writeCluster,
} from "../../../lib/engines/postgres/offline/stored-cluster.ts";
import { PostgresEngine } from "../../../lib/engines/postgres/postgres-engine.ts";
import { clusterUser } from "../../../lib/engines/postgres/programs/cluster-user.ts";
import { requirePrograms } from "../../../lib/engines/postgres/programs/find-programs.ts";
import { readAccess } from "../../../lib/engines/postgres/receiver/access-file.ts";
import { withSession } from "../../../lib/engines/postgres/receiver/open-session.ts";
import { copyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../../lib/storage/copy/copy-writer.ts";
import { bringBack, openCopy } from "../../../lib/storage/copy/read-copy.ts";
import { parseKeyRing } from "../../../lib/storage/key-ring.ts";
import { MemoryStorage } from "../../../lib/storage/memory-storage.ts";
import { ClusterWorld, type HostedCluster } from "../../world/cluster-world.ts";
import { quietRun } from "../../world/sqlite-world.ts";

const PROGRAMS = process.env.LASTGOOD_POSTGRES ?? null;
const stores = copyStores(new MemoryStorage(), parseKeyRing(randomBytes(32).toString("base64")));
// Where PostgreSQL's own user can enter.
const folder = mkdtempSync("/tmp/lg-copy-");
let world: ClusterWorld;
let cluster: HostedCluster;

beforeAll(async () => {
  chmodSync(folder, 0o711);
  world = await ClusterWorld.start();
  cluster = await world.host("copied");
  await world.run(cluster.db, "CREATE TABLE t (a int, pad text)");
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ship(writer: CopyWriter) {
  const { db } = cluster;
  await world.flush(db);
  const about = { id: db.id, name: db.name, engine: db.engine, origin: db.origin, path: db.path, windowDays: 30 };
  for (;;) {
    const listing = world.engine.copySource(db).list();
    const { isComplete } = await writer.ship(listing, { about, capturedUntilMs: Date.now() });
    if (isComplete) return listing.newest;
  }
}

async function fetch(name: string): Promise<string> {
  const directory = path.join(folder, name, cluster.db.id);
  const { missing } = await bringBack(stores, await openCopy(stores, cluster.db.id), directory, {
    signal: new AbortController().signal,
    progress() {},
  });
  expect(missing).toEqual([]);
  await indexBroughtBack(directory);
  return directory;
}

/** One number, asked of a stopped data directory by PostgreSQL's single-user mode. */
function ask(directory: string, sql: string): number {
  const { folder: bin } = requirePrograms(PROGRAMS, null);
  const said = execFileSync(path.join(bin, "postgres"), ["--single", "-D", directory, "app"], {
    input: `${sql}\n`,
    encoding: "utf8",
    cwd: "/",
    stdio: ["pipe", "pipe", "ignore"],
    ...clusterUser(),
  });
  return Number(/n = "(\d+)"/.exec(said)?.[1]);
}

it("brings a cluster back from its copy, at its newest commit and at an earlier one", async () => {
  const { db } = cluster;
  const writer = await CopyWriter.open(stores, db.id);
  const insert = (from: number, to: number) =>
    world.run(db, `INSERT INTO t SELECT a, repeat('x', 2000) FROM generate_series(${from}, ${to}) a`);
  await insert(1, 100);
  const first = await ship(writer);
  // Over the ends of several segments, some of which are archived meanwhile.
  for (let i = 0; i < 6; i++) {
    await insert(101 + i * 2000, 100 + (i + 1) * 2000);
    if (i % 2 === 0) await ship(writer);
  }
  await world.run(db, "INSERT INTO t VALUES (0)");
  const newest = await ship(await CopyWriter.open(stores, db.id));
  expect(newest.txid).toBeGreaterThan(first.txid);

  const directory = await fetch("one");
  expect(describeCluster(directory)).toMatchObject({ newest: { bookmark: newest.bookmark }, commits: newest.txid });
  const output = path.join(folder, "restored");
  const order = { directory, databaseId: db.id, output, programs: PROGRAMS };
  const { bookmark } = resolveInCluster(directory, { kind: "newest", justBefore: false });
  expect(bookmark).toBe(newest.bookmark);
  const { checks } = await writeCluster({ ...order, to: bookmark }, quietRun());
  expect(checks.every(({ outcome }) => outcome === "passed")).toBe(true);
  expect(ask(output, "SELECT count(*) AS n FROM t")).toBe(12_101);

  const earlier = path.join(folder, "earlier");
  const at = resolveInCluster(directory, { kind: "bookmark", bookmark: first.bookmark, justBefore: false });
  await writeCluster({ ...order, output: earlier, to: at.bookmark }, quietRun());
  expect(ask(earlier, "SELECT count(*) AS n FROM t")).toBe(100);
  await expect(writeCluster({ ...order, to: bookmark }, quietRun())).rejects.toMatchObject({ code: "conflict" });
});

it("makes a hosted cluster of an attached one's copy only where that is allowed, and leads to its largest database", async () => {
  const own = readAccess(cluster.places.access);
  if (!own) throw new Error("a hosted cluster has a connection of its own");
  await withSession(own, (session) => session.query("CREATE DATABASE sales"));
  await withSession({ ...own, database: "sales" }, (session) =>
    session.query("CREATE TABLE public.t AS SELECT repeat('x', 2000) FROM generate_series(1, 30000)"),
  );
  const { bookmark: to } = await ship(await CopyWriter.open(stores, cluster.db.id));
  const directory = await fetch("attached");
  const history = { directory, engine: "postgres", origin: "attached" } as const;
  const { stored } = world.engine;
  await expect(stored.requireCopyable(history)).rejects.toMatchObject({ code: "not_supported" });
  await expect(stored.requireCopyable({ ...history, origin: "hosted" })).resolves.toBeUndefined();
  const target = world.newDatabase("attached-copy");
  const allowed = new PostgresEngine({
    paths: world.paths,
    log: pino({ level: "silent" }),
    programs: PROGRAMS,
    attachedCopies: "on",
  });
  const order = { history, to: to as Bookmark, target, restoreId: randomUUID() };
  const { connection } = await allowed.stored.copyStored(order, quietRun());
  await allowed.close();
  expect(connection).toMatchObject({ database: "sales", user: "app" });
  if (!connection) return;
  const { rows } = await withSession(connection, (session) => session.query("SELECT count(*)::int AS n FROM public.t"));
  expect(rows).toEqual([{ n: 30_000 }]);
});
