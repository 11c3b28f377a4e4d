import { execFileSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { expect, onTestFinished, test } from "vitest";
import { BudgetRounds } from "../../../lib/agent/budget-rounds.ts";
import { DiskUsage } from "../../../lib/agent/disk-usage.ts";
import type { DiskState } from "../../../lib/domain/disk-budget.ts";
import { listBases } from "../../../lib/engines/postgres/bases/base-record.ts";
import { incarnationFolders, readClusterHistory } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { servingPid } from "../../../lib/engines/postgres/receiver/serving-cluster.ts";
import { ClusterWorld, type HostedCluster } from "../../world/cluster-world.ts";
import { quietRun } from "../../world/sqlite-world.ts";

const mayMount = process.getuid?.() === 0;
const MB = 1024 ** 2;
/** Room is looked for once a second, later on a busy machine: enough for several seconds of what is written. */
const FLOOR = 128 * MB;
const ROOM = 96 * MB;
const DAY_MS = 86_400_000;

/** Not below TMPDIR, where the cluster's own user cannot go. */
const PLACE = "/tmp/lg-small-disk-";

/** Data directory and a hosted cluster on one small disk, with what can give way, and the rounds of its budget; `pauses` false: capture is never stopped. */
async function openSmallDisk(pauses: boolean) {
  const place = mkdtempSync(PLACE);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1100m,mode=711", "tmpfs", place]);
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = place;
  const world = await ClusterWorld.start("inside", undefined, undefined, place);
  if (usual === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usual;
  const leave = { rounds: null as BudgetRounds | null, client: null as Writer | null };
  onTestFinished(async () => {
    await leave.client?.end();
    await leave.rounds?.stop();
    await world.close();
    execFileSync("umount", ["-l", place]);
    rmSync(place, { recursive: true, force: true });
  });
  chmodSync(place, 0o711);
  const cluster = await world.host("shop");
  const { db } = cluster;
  await world.run(db, "CREATE TABLE orders(id int GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now())");
  if (pauses) await makeRoomLater(world, cluster);
  const writer = await Writer.begin(world, cluster);
  leave.client = writer;
  const free = () => {
    const { bavail, bsize } = statfsSync(place);
    return bavail * bsize;
  };
  writeFileSync(path.join(place, "others"), Buffer.alloc(Math.max(0, free() - FLOOR - ROOM)));
  const usage = new DiskUsage(world.paths);
  const states: DiskState[] = [];
  const rounds = new BudgetRounds({
    measure: (forMs) => usage.measure(forMs),
    free: () => usage.free(),
    readSettings: async () => ({ budgetBytes: null, floorBytes: FLOOR, leastDays: 0 }),
    readState: async () => null,
    noteState: async (state) => void states.push(state),
    histories: async (sizes) => [
      {
        databaseId: db.id,
        historyBytes: sizes.get(db.id) ?? 0,
        oldestMs: (await world.engine.window(db)).oldest?.timeMs ?? null,
        ...{ windowDays: 30, leastWindowDays: null, neededFromMs: null },
      },
    ],
    clearThrowaways: async () => undefined,
    clearCaches: () => world.engine.room.clearCaches([db]),
    dropSetAside: () => world.engine.room.dropSetAside([db]),
    async queuePruning(_id, keepFromMs, step) {
      const { removedBytes } = await world.engine.prune(db, keepFromMs ?? Date.now() - 30 * DAY_MS, quietRun());
      if (removedBytes > 0) rounds.noteGiven(step, db.id, removedBytes);
      return true;
    },
    pauseCapture: (why) => pauses && world.engine.room.pauseCapture(why),
    log: pino({ level: "silent" }),
    nowMs: () => Date.now(),
    steadyMs: () => performance.now(),
  });
  leave.rounds = rounds;
  await rounds.open();
  rounds.start();
  return { place, world, cluster, writer, states, free };
}

/** A base backup that a younger one replaces, a data directory that a restore has set aside, a copy that somebody has looked at. */
async function makeRoomLater(world: ClusterWorld, { db }: HostedCluster): Promise<void> {
  await world.run(db, "INSERT INTO orders DEFAULT VALUES");
  await world.base(db);
  await world.run(db, "INSERT INTO orders DEFAULT VALUES");
  const { bookmark } = await world.engine.current(db);
  await world.run(db, "INSERT INTO orders DEFAULT VALUES");
  await world.engine.restore(db, randomUUID(), bookmark, quietRun());
  await world.run(db, "INSERT INTO orders DEFAULT VALUES");
  await world.until(db, ({ state }) => state === "protected");
  await world.engine.view(db, { bookmark }, { sql: "SELECT count(*) FROM orders" });
}

/** An application that commits a row and half a megabyte of log, again and again. */
class Writer {
  commits = 0;
  pauseMs = 40;
  readonly failures: string[] = [];
  #isOver = false;
  #writing: Promise<void> = Promise.resolve();

  static async begin(world: ClusterWorld, { db }: HostedCluster): Promise<Writer> {
    const writer = new Writer();
    const client = await world.connect(db);
    writer.#writing = (async () => {
      for (; !writer.#isOver; await sleep(writer.pauseMs)) {
        try {
          await client.query("BEGIN");
          await client.query("INSERT INTO orders DEFAULT VALUES");
          await client.query("SELECT pg_logical_emit_message(true, 'noise', $1::bytea)", [randomBytes(MB / 2)]);
          await client.query("COMMIT");
          writer.commits++;
        } catch (error) {
          writer.failures.push(error instanceof Error ? error.message : String(error));
          writer.#isOver = true;
        }
      }
    })();
    return writer;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#writing;
  }
}

async function until(is: () => boolean | Promise<boolean>, what: string, withinMs = 90_000): Promise<void> {
  for (const endMs = Date.now() + withinMs; !(await is()); await sleep(100)) {
    if (Date.now() > endMs) throw new Error(`not in time: ${what}`);
  }
}

test.skipIf(!mayMount)(
  "on a disk that fills copies, former directories and old bases give way, then receiving stops, and the server never does (needs root for a small tmpfs)",
  { timeout: 280_000 },
  async () => {
    const { place, world, cluster, writer, states, free } = await openSmallDisk(true);
    const { db, places } = cluster;
    const pid = servingPid(places.live);
    const bases = () => listBases(incarnationFolders(places.history, 1).bases).length;
    expect([readdirSync(places.aside).length, readdirSync(places.work).length, bases()]).toEqual([1, 1, 2]);
    const stateNow = async () => (await world.status(db)).state;
    await until(async () => (await stateNow()) === "stopped", "receiving stops");
    const { problem } = await world.status(db);
    expect(problem?.cause).toContain("full down to its floor");
    await expect(world.engine.current(db)).rejects.toMatchObject({ code: "storage_full" });
    const isGone = () => readdirSync(places.aside).length + readdirSync(places.work).length + bases() === 1;
    await until(isGone, "all that can give way has done so");
    const gave = () => states.at(-1)?.gave.map(({ step }) => step) ?? [];
    await until(() => gave().includes("capture"), "it is told");
    expect(new Set(gave())).toEqual(new Set(["caches", "set-aside", "old-history", "capture"]));
    // It goes on for far more log than there is room for.
    const stopped = writer.commits;
    writer.pauseMs = 30;
    await until(() => writer.failures.length > 0 || writer.commits > stopped + 400, "the application goes on");
    expect(writer.failures).toEqual([]);
    expect(servingPid(places.live)).toBe(pid);
    expect(free()).toBeGreaterThan(FLOOR / 4);
    expect(await stateNow()).toBe("stopped");
    await writer.end();
    rmSync(path.join(place, "others"));
    await until(async () => (await stateNow()) === "protected", "it is protected again");
    expect(writer.failures).toEqual([]);
    // What the server could not keep is a gap, each time that it could not, and what came after it can be restored.
    expect(new Set(readClusterHistory(places.history)?.gaps.map(({ reason }) => reason))).toEqual(
      new Set(["the server has removed log that was not received"]),
    );
    const [{ n } = { n: 0 }] = await world.run<{ n: number }>(db, "SELECT count(*)::int AS n FROM orders");
    const { bookmark } = await world.engine.current(db);
    const { results } = await world.engine.view(db, { bookmark }, { sql: "SELECT count(*)::int AS n FROM orders" });
    expect(results.at(-1)?.results).toEqual([{ n }]);
    expect(existsSync(path.join(place, "others"))).toBe(false);
  },
);

test.skipIf(!mayMount)(
  "the control: where receiving never stops the application fails for want of room (needs root for a small tmpfs)",
  { timeout: 120_000 },
  async () => {
    const { writer } = await openSmallDisk(false);
    writer.pauseMs = 5;
    await until(() => writer.failures.length > 0, "the application fails");
    expect(writer.failures).toHaveLength(1);
  },
);
