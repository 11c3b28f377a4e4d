import { rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { pino } from "pino";
import { type ClusterConnection, connectionString } from "../lib/domain/cluster-connection.ts";
import type { Restored } from "../lib/domain/restore.ts";
import { requirePrograms } from "../lib/engines/postgres/programs/find-programs.ts";
import { runProgram } from "../lib/engines/postgres/programs/run-program.ts";
import { readAccess, writeAccess } from "../lib/engines/postgres/receiver/access-file.ts";
import { choosePort } from "../lib/engines/postgres/receiver/make-cluster.ts";
import { ServingCluster } from "../lib/engines/postgres/receiver/serving-cluster.ts";
import { makeClusterFolder } from "../lib/engines/postgres/receiver/serving-configuration.ts";
import { ClusterWorld, type HostedCluster } from "../tests/world/cluster-world.ts";
import { quietRun } from "../tests/world/sqlite-world.ts";
import { copyAll, folderBytes, timed } from "./copy-folder.ts";
import { type Figure, type Measurement, medianOf, ratioOf } from "./figure.ts";
import { measurePgBackRest } from "./measure-pgbackrest.ts";

const SIZES_GB = [0.2, 1];
/** pgbench's scale of one: 100,000 accounts, about 15 MB. */
const SCALES_PER_GB = 68;
const DOWNTIME_GOAL_MS = 1000;
const CLIENTS = 4;
const ROUNDS = { restores: 3, copies: 2, throughput: 3 };

/**
 * PostgreSQL clusters of pgbench: a base backup beside `cp -a` of the data directory; a restore in place, its downtime and that of its
 * undo as an application sees them; transactions with protection over without; pgBackRest in the same run where it is installed.
 */
export const measureClusters: Measurement = async ({ options }) => {
  const figures: Figure[] = [];
  for (const sizeGb of SIZES_GB) {
    const world = await ClusterWorld.start("process");
    try {
      figures.push(...(await measureSize(world, sizeGb, options.seconds)));
    } finally {
      await world.close();
    }
  }
  return figures;
};

async function measureSize(world: ClusterWorld, sizeGb: number, seconds: number): Promise<Figure[]> {
  const cluster = await world.host("bench");
  await bench(cluster.connection, ["-i", "-q", "-s", String(Math.round(sizeGb * SCALES_PER_GB))]);
  const copied = await measureCopies(world, cluster, sizeGb);
  const restored = await measureRestores(world, cluster, sizeGb);
  const beside = await measurePgBackRest(cluster, sizeGb, restored.restoreMs);
  const isSmallest = sizeGb === SIZES_GB[0];
  const throughput = isSmallest ? [await measureThroughput(world, cluster, seconds)] : [];
  return [...copied, ...restored.figures, ...beside, ...throughput];
}

/** Base backups through the receiver beside `cp -a` and `sync`. */
async function measureCopies(world: ClusterWorld, { db, places }: HostedCluster, sizeGb: number): Promise<Figure[]> {
  const rounds: { baseMs: number; copyMs: number; baseBytes: number; copyBytes: number }[] = [];
  for (let round = 0; round < ROUNDS.copies; round++) {
    const copy = path.join(places.root, "copied");
    const [copyMs] = await timed(() => copyAll(places.live, copy));
    const copyBytes = folderBytes(copy);
    rmSync(copy, { recursive: true });
    const [baseMs, base] = await timed(() => world.base(db));
    rounds.push({ baseMs, copyMs, copyBytes, baseBytes: folderBytes(base.directory) });
  }
  const base = rounds.map(({ baseMs }) => baseMs);
  const copies = rounds.map(({ copyMs }) => copyMs);
  const { baseBytes = 0, copyBytes = 0 } = rounds.at(-1) ?? {};
  return [
    {
      name: `base backup of a cluster of ${sizeGb} GB`,
      value: medianOf(base),
      unit: "ms",
      baseline: medianOf(copies),
      ratio: ratioOf(base, copies),
      goal: null,
      isMet: null,
      note: `${megabytes(baseBytes)} MB beside ${megabytes(copyBytes)} MB that cp -a and sync write: ${(baseBytes / copyBytes).toFixed(3)}`,
    },
  ];
}

/** Restores in place and their undos, with an application that writes all the time. */
async function measureRestores(world: ClusterWorld, { db, connection, places }: HostedCluster, sizeGb: number) {
  const overwrite: { tookMs: number; downMs: number; copyMs: number; restored: Restored }[] = [];
  const undo: { tookMs: number; downMs: number }[] = [];
  for (let round = 0; round < ROUNDS.restores; round++) {
    const { bookmark } = await world.engine.current(db);
    await bench(connection, ["-n", "-c", String(CLIENTS), "-T", "3"]);
    const copy = path.join(places.root, "copied");
    const [copyMs] = await timed(() => copyAll(places.live, copy));
    rmSync(copy, { recursive: true });
    const go = async (id: string, to: typeof bookmark) => {
      const probe = await Probe.start(connection);
      const [tookMs, restored] = await timed(() => world.engine.restore(db, id, to, quietRun()));
      return { tookMs, restored, downMs: await probe.stop() };
    };
    const there = await go(`overwrite-${round}`, bookmark);
    overwrite.push({ ...there, copyMs });
    undo.push(await go(`undo-${round}`, there.restored.previous.bookmark));
  }
  const down = (name: string, all: { downMs: number; tookMs: number }[], note: string): Figure => ({
    name: `downtime of ${name}, ${sizeGb} GB`,
    value: medianOf(all.map(({ downMs }) => downMs)),
    unit: "ms",
    baseline: null,
    ratio: null,
    goal: `< ${DOWNTIME_GOAL_MS} ms`,
    isMet: medianOf(all.map(({ downMs }) => downMs)) < DOWNTIME_GOAL_MS,
    note,
  });
  const took = overwrite.map(({ tookMs }) => tookMs);
  const copies = overwrite.map(({ copyMs }) => copyMs);
  const said = medianOf(overwrite.map(({ restored }) => restored.timings.apply ?? Number.NaN));
  const whole = medianOf(undo.map(({ tookMs }) => tookMs));
  const figures: Figure[] = [
    down("an overwrite", overwrite, `from the last commit before to the first after it; the receiver says ${said} ms`),
    down("an undo", undo, `the undo as a whole takes ${Math.round(whole)} ms`),
    {
      name: `restore in place of ${sizeGb} GB, to writable`,
      value: medianOf(took),
      unit: "ms",
      baseline: medianOf(copies),
      ratio: ratioOf(took, copies),
      goal: null,
      isMet: null,
      note: "beside cp -a and sync of the data directory; it serves all the while, but for the downtime above",
    },
  ];
  return { figures, restoreMs: took };
}

/** The same transactions on the protected cluster and on a copy of it that nobody protects, in turns. */
async function measureThroughput(world: ClusterWorld, cluster: HostedCluster, seconds: number): Promise<Figure> {
  const plain = await PlainCluster.start(world, cluster);
  const [protectedTps, plainTps]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round < ROUNDS.throughput; round++) {
      const measure = (connection: ClusterConnection) =>
        bench(connection, ["-n", "-c", String(CLIENTS), "-T", String(Math.max(5, seconds))]).then(readTps);
      if (round % 2 === 0) protectedTps.push(await measure(cluster.connection));
      plainTps.push(await measure({ ...cluster.connection, port: plain.port }));
      if (round % 2 === 1) protectedTps.push(await measure(cluster.connection));
    }
  } finally {
    await plain.stop();
  }
  return {
    name: `pgbench on ${CLIENTS} connections, protected`,
    value: medianOf(protectedTps),
    unit: "tx/s",
    baseline: medianOf(plainTps),
    ratio: ratioOf(protectedTps, plainTps),
    goal: null,
    isMet: null,
    note: "beside a copy of the same cluster with the same settings, whose log nobody receives",
  };
}

/** An application that commits as fast as it can and connects anew when it is thrown out. */
class Probe {
  #isEnding = false;
  #longestMs = 0;
  #lastMs = performance.now();
  #done: Promise<void> = Promise.resolve();

  static async start(connection: ClusterConnection): Promise<Probe> {
    const probe = new Probe();
    const client = await connect(connection);
    await client.query("CREATE TABLE IF NOT EXISTS probe (at timestamptz)");
    probe.#lastMs = performance.now();
    probe.#done = probe.#run(connection, client);
    return probe;
  }

  /** Milliseconds between two commits that were furthest apart. */
  async stop(): Promise<number> {
    this.#isEnding = true;
    await this.#done;
    return this.#longestMs;
  }

  async #run(connection: ClusterConnection, first: pg.Client): Promise<void> {
    let client: pg.Client | null = first;
    while (!this.#isEnding) {
      try {
        client ??= await connect(connection);
        // A restore may take the table away.
        await client.query(
          "BEGIN; CREATE TABLE IF NOT EXISTS probe (at timestamptz); INSERT INTO probe VALUES (now()); COMMIT",
        );
        const nowMs = performance.now();
        this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
        this.#lastMs = nowMs;
      } catch {
        await client?.end().catch(() => undefined);
        client = null;
      }
      await sleep(2);
    }
    await client?.end().catch(() => undefined);
  }
}

/** A copy of a cluster, started as the receiver would, that nobody else looks after. */
class PlainCluster {
  readonly port: number;
  readonly #serving: ServingCluster;
  readonly #root: string;

  private constructor(port: number, serving: ServingCluster, root: string) {
    this.port = port;
    this.#serving = serving;
    this.#root = root;
  }

  static async start(world: ClusterWorld, { places }: HostedCluster): Promise<PlainCluster> {
    const root = path.join(path.dirname(places.root), "plain");
    const at = (name: string) => path.join(root, name);
    const access = path.join(world.data, "plain.json");
    const own = readAccess(places.access);
    if (!own) throw new Error("nobody knows how to reach the cluster");
    const port = await choosePort(new Set([own.port]));
    writeAccess(access, { ...own, port });
    makeClusterFolder(root);
    await copyAll(places.live, at("live"));
    rmSync(path.join(at("live"), "postmaster.pid"), { force: true });
    const programs = requirePrograms(process.env.LASTGOOD_POSTGRES ?? null);
    const ours = { root, live: at("live"), aside: at("aside"), work: at("work"), history: places.history, access };
    const serving = new ServingCluster({ places: ours, programs, log: pino({ level: "silent" }), synchronous: null });
    await serving.start();
    return new PlainCluster(port, serving, root);
  }

  async stop(): Promise<void> {
    await this.#serving.stop();
    rmSync(this.#root, { recursive: true, force: true });
  }
}

async function connect(connection: ClusterConnection): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: connectionString(connection), connectionTimeoutMillis: 5000 });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function bench(access: ClusterConnection, args: string[]): Promise<string> {
  const programs = requirePrograms(process.env.LASTGOOD_POSTGRES ?? null);
  const { output } = await runProgram({ programs, name: "pgbench", args, access });
  return output;
}

function readTps(output: string): number {
  return Number(/^tps = ([\d.]+)/m.exec(output)?.[1] ?? Number.NaN);
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6);
