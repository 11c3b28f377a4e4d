import { rmSync } from "node:fs";
import path from "node:path";
import type { ClusterConnection } from "../lib/domain/cluster-connection.ts";
import { requirePrograms } from "../lib/engines/postgres/programs/find-programs.ts";
import { runProgram } from "../lib/engines/postgres/programs/run-program.ts";
import { ClusterWorld, type HostedCluster } from "../tests/world/cluster-world.ts";
import keepCompiled from "../tests/world/keep-compiled.ts";
import { quietRun } from "../tests/world/sqlite-world.ts";
import { copyAll, folderBytes, timed } from "./copy-folder.ts";
import { type Figure, type Measurement, medianOf, ratioOf } from "./figure.ts";
import { PgBackRestCluster } from "./pgbackrest-cluster.ts";
import { PlainCluster } from "./plain-cluster.ts";
import { Probe } from "./probe.ts";
import { StageLog } from "./stage-log.ts";

const SIZES_GB = [0.2, 1];
/** pgbench's scale of one: 100,000 accounts, about 15 MB. */
const SCALES_PER_GB = 68;
const DOWNTIME_GOAL_MS = 1000;
const CLIENTS = 4;
const TRANSACTIONS = 1000;
const ROUNDS = { restores: 3, throughput: 3 };
const BESIDE_GOAL_RATIO = 0.8;

/**
 * PostgreSQL clusters of pgbench: base backups beside `cp -a` of the data directory and pgBackRest's whole backups; restores in place
 * beside both, their downtime and that of their undos as an application sees them; transactions with protection over without.
 */
export const measureClusters: Measurement = async ({ options }) => {
  const figures: Figure[] = [];
  // As everything that a whole Lastgood starts has it.
  keepCompiled();
  for (const sizeGb of SIZES_GB) {
    const stages = new StageLog();
    const world = await ClusterWorld.start("process", process.env.LASTGOOD_POSTGRES ?? null, stages.log);
    try {
      figures.push(...(await measureSize(world, stages, sizeGb, options.seconds)));
    } finally {
      await world.close();
    }
  }
  return figures;
};

async function measureSize(world: ClusterWorld, stages: StageLog, sizeGb: number, seconds: number): Promise<Figure[]> {
  const cluster = await world.host("bench");
  await bench(cluster.connection, ["-i", "-q", "-s", String(Math.round(sizeGb * SCALES_PER_GB))]);
  const beside = await PgBackRestCluster.start(cluster);
  const rounds: Round[] = [];
  try {
    for (let round = 0; round < ROUNDS.restores; round++)
      rounds.push(await goRound({ world, cluster, beside, stages, round }));
  } finally {
    await beside?.remove();
  }
  const isSmallest = sizeGb === SIZES_GB[0];
  const throughput = isSmallest ? [await measureThroughput(world, cluster, seconds)] : [];
  return [...copyFigures(rounds, sizeGb), ...restoreFigures(rounds, sizeGb), ...throughput];
}

type Side = { backUpMs: number; bytes: number; writableMs: number };
type Round = {
  copyMs: number;
  copyBytes: number;
  ours: Side & { tookMs: number; downMs: number; saidMs: number; stages: string };
  undo: { tookMs: number; downMs: number };
  theirs: (Side & { filesMs: number }) | null;
};

type RoundOf = {
  world: ClusterWorld;
  cluster: HostedCluster;
  beside: PgBackRestCluster | null;
  stages: StageLog;
  round: number;
};

/**
 * A backup each, the same work on both, the moment to go back to, the same work again; then both go back. pgBackRest first: after ours a new base
 * backup is taken behind it.
 */
async function goRound({ world, cluster, beside, stages, round }: RoundOf): Promise<Round> {
  const { db, connection, places } = cluster;
  const copy = path.join(places.root, "copied");
  const [copyMs] = await timed(() => copyAll(places.live, copy));
  const copyBytes = folderBytes(copy);
  rmSync(copy, { recursive: true });
  const [backUpMs, base] = await timed(() => world.base(db));
  const backedUp = await beside?.backUp();
  const work = (to: ClusterConnection) => bench(to, ["-n", "-c", String(CLIENTS), "-t", String(TRANSACTIONS)]);
  await work(connection);
  const { bookmark } = await world.engine.current(db);
  await work(connection);
  let theirs: Round["theirs"] = null;
  if (beside && backedUp) {
    await work(beside.connection);
    const position = await beside.position();
    await work(beside.connection);
    await beside.archived();
    theirs = { backUpMs: backedUp.tookMs, bytes: backedUp.sizeBytes, ...(await beside.restore(position)) };
  }
  const go = async (id: string, to: typeof bookmark) => {
    const probe = await Probe.start(connection);
    const startedMs = performance.now();
    const [tookMs, restored] = await timed(() => world.engine.restore(db, id, to, quietRun()));
    const { longestMs: downMs, upAgainMs } = await probe.stop();
    return { tookMs, downMs, restored, writableMs: upAgainMs - startedMs };
  };
  const { restored, ...there } = await go(`overwrite-${round}`, bookmark);
  const { tookMs, downMs } = await go(`undo-${round}`, restored.previous.bookmark);
  const saidMs = restored.timings.apply ?? Number.NaN;
  const ours = { ...there, backUpMs, bytes: folderBytes(base.directory), saidMs, stages: stages.last() };
  return { copyMs, copyBytes, ours, undo: { tookMs, downMs }, theirs };
}

/** Base backups through the receiver beside `cp -a` and `sync`, and pgBackRest's. */
function copyFigures(rounds: readonly Round[], sizeGb: number): Figure[] {
  const { ours, copyBytes, theirs } = nth(rounds, -1);
  const took = rounds.map(({ ours: { backUpMs } }) => backUpMs);
  const copies = rounds.map(({ copyMs }) => copyMs);
  const name = `base backup of a cluster of ${sizeGb} GB`;
  const bytes = `${megabytes(ours.bytes)} MB beside ${megabytes(copyBytes)} MB that cp -a and sync write: ${(ours.bytes / copyBytes).toFixed(3)}`;
  const plain = told({ name, took, baselines: copies, note: bytes });
  if (!theirs) return [plain];
  const note = `${megabytes(ours.bytes)} MB beside ${megabytes(theirs.bytes)} MB of pgBackRest's whole backup`;
  return [plain, told({ name: `${name} beside pgBackRest's`, took, baselines: sideOf(rounds, "backUpMs"), note })];
}

/** Restores in place and their undos, with an application that writes all the time. */
function restoreFigures(rounds: readonly Round[], sizeGb: number): Figure[] {
  const { ours, theirs } = nth(rounds, -1);
  const down = (name: string, downtimes: number[], note: string): Figure => ({
    ...told({ name: `downtime of ${name}, ${sizeGb} GB`, took: downtimes, baselines: null, note }),
    goal: `< ${DOWNTIME_GOAL_MS} ms`,
    isMet: medianOf(downtimes) < DOWNTIME_GOAL_MS,
  });
  const writable = rounds.map((round) => round.ours.writableMs);
  const overwrites = rounds.map((round) => round.ours.downMs);
  const undos = rounds.map(({ undo }) => undo.downMs);
  const whole = Math.round(medianOf(rounds.map(({ undo }) => undo.tookMs)));
  const name = `restore in place of ${sizeGb} GB, to writable`;
  const figures = [
    down("an overwrite", overwrites, `between two commits furthest apart; the receiver says ${ours.saidMs} ms`),
    down("an undo", undos, `the undo as a whole takes ${whole} ms`),
    told({
      ...{ name, took: writable, baselines: rounds.map(({ copyMs }) => copyMs) },
      note: `beside cp -a and sync; it serves all the while, but for the downtime above. ${ours.stages}`,
    }),
  ];
  const goal = `ratio <= ${BESIDE_GOAL_RATIO}`;
  const beside = `${name}, beside pgBackRest's delta`;
  if (!theirs) {
    const none = told({ name: beside, took: writable, baselines: null, note: "pgBackRest is not installed" });
    return [...figures, { ...none, goal }];
  }
  const figure = told({
    ...{ name: beside, took: writable, baselines: sideOf(rounds, "writableMs") },
    note: `of these its files took ${Math.round(theirs.filesMs)} ms; the cluster is stopped for it, which is not counted`,
  });
  return [...figures, { ...figure, goal, isMet: (figure.ratio?.median ?? Number.NaN) <= BESIDE_GOAL_RATIO }];
}

type Told = { name: string; took: number[]; baselines: number[] | null; note: string };

const told = ({ name, took, baselines, note }: Told): Figure => ({
  name,
  value: medianOf(took),
  unit: "ms",
  baseline: baselines && medianOf(baselines),
  ratio: baselines && ratioOf(took, baselines),
  goal: null,
  isMet: null,
  note,
});

const sideOf = (rounds: readonly Round[], what: keyof Side) => rounds.map(({ theirs }) => theirs?.[what] ?? Number.NaN);

function nth<T>(list: readonly T[], index: number): T {
  const found = list.at(index);
  if (found === undefined) throw new Error("there is none");
  return found;
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

async function bench(access: ClusterConnection, args: string[]): Promise<string> {
  const programs = requirePrograms(process.env.LASTGOOD_POSTGRES ?? null);
  const { output } = await runProgram({ programs, name: "pgbench", args, access });
  return output;
}

function readTps(output: string): number {
  return Number(/^tps = ([\d.]+)/m.exec(output)?.[1] ?? Number.NaN);
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6);
