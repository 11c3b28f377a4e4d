import { readFileSync, renameSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { servingPid } from "../../../lib/engines/postgres/receiver/serving-cluster.ts";
import { ClusterWorld, type HostedCluster } from "../../world/cluster-world.ts";
import type { CrashOptions, CrashReport } from "../run.ts";

const CLIENTS = 6;
const LOAD_MS = 3000;

/** What one client was told to be committed. */
type Acknowledged = Map<number, number>;
type Killed = { acknowledged: number; lost: number; unacknowledged: number; lostMs: number; restoreMs: number };

/**
 * Kills a hosted cluster's server with -9, all of its processes, under load, and removes its data directory, then restores the newest
 * moment from what was received and compares: half of the runs with zero-loss on, where nothing that was acknowledged may be missing.
 */
export async function runPrimaryKills({ count, seconds }: CrashOptions): Promise<CrashReport> {
  const untilMs = seconds === null ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1000;
  const runs: Record<"asynchronous" | "zeroLoss", Killed[]> = { asynchronous: [], zeroLoss: [] };
  const problems: string[] = [];
  for (let run = 0; run < count && performance.now() < untilMs; run++) {
    for (const kind of ["asynchronous", "zeroLoss"] as const) {
      try {
        runs[kind].push(await killOnce(kind === "zeroLoss"));
      } catch (error) {
        problems.push(`${kind}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return {
    runs: runs.zeroLoss.length,
    // Without zero-loss the last moments may be lost, which is what the figure is for.
    lost: runs.zeroLoss.reduce((sum, { lost }) => sum + lost, 0),
    halfway: 0,
    asynchronous: summary(runs.asynchronous),
    zeroLoss: summary(runs.zeroLoss),
    problems,
  };
}

function summary(runs: readonly Killed[]) {
  const of = (name: keyof Killed) => runs.map((run) => run[name]);
  return {
    runs: runs.length,
    acknowledged: of("acknowledged").reduce((sum, one) => sum + one, 0),
    lost: of("lost").reduce((sum, one) => sum + one, 0),
    lostInRuns: of("lost"),
    mostLostMs: Math.round(Math.max(0, ...of("lostMs"))),
    /** Committed, received, and never told to the client: restored although nobody was told. */
    unacknowledged: of("unacknowledged").reduce((sum, one) => sum + one, 0),
    restoreMs: Math.round(of("restoreMs").reduce((sum, one) => sum + one, 0) / Math.max(1, runs.length)),
  };
}

async function killOnce(zeroLoss: boolean): Promise<Killed> {
  const world = await ClusterWorld.start("process");
  try {
    const cluster = await world.host("killed", { zeroLoss });
    if (zeroLoss) await world.until(cluster.db, ({ cluster: health }) => health?.zeroLoss === "on");
    await world.run(cluster.db, "CREATE TABLE acked (client int, n int, pad text, PRIMARY KEY (client, n))");
    const acknowledged = await loadAndKill(world, cluster);
    // Cut off, the receiver may still be writing what it was sent last.
    await world.until(cluster.db, ({ cluster: health }) => health?.receiver === "down");
    const startedMs = performance.now();
    const { bookmark } = await world.engine.current(cluster.db);
    const { results } = await world.engine.view(
      cluster.db,
      { bookmark },
      {
        sql: "SELECT client, max(n)::int AS n, count(*)::int AS rows FROM acked GROUP BY client",
      },
    );
    const restoreMs = performance.now() - startedMs;
    const restored = new Map(results.at(-1)?.results.map(({ client, n }) => [Number(client), Number(n)]));
    const total = [...acknowledged.values()].reduce((sum, n) => sum + n, 0);
    let [lost, unacknowledged] = [0, 0];
    for (const [client, n] of acknowledged) {
      const difference = n - (restored.get(client) ?? 0);
      lost += Math.max(0, difference);
      unacknowledged += Math.max(0, -difference);
    }
    return { acknowledged: total, lost, unacknowledged, lostMs: (lost / Math.max(1, total)) * LOAD_MS, restoreMs };
  } finally {
    await world.close();
  }
}

/** Each client commits one row after the other and notes those it was told of, until there is no server any more. */
async function loadAndKill(world: ClusterWorld, { db, places }: HostedCluster): Promise<Acknowledged> {
  const acknowledged: Acknowledged = new Map();
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => world.connect(db)));
  const writing = clients.map(async (client, number) => {
    for (let n = 1; await commit(client, number, n); n++) acknowledged.set(number, n);
  });
  await sleep(LOAD_MS);
  const pid = servingPid(places.live);
  if (pid === null) throw new Error("the server was gone before it was killed");
  const all = [pid, ...childrenOf(pid)];
  for (const one of all) kill(one);
  renameSync(places.live, `${places.live}.gone`);
  rmSync(`${places.live}.gone`, { recursive: true, force: true });
  await Promise.all(writing);
  return acknowledged;
}

async function commit(client: pg.Client, number: number, n: number): Promise<boolean> {
  try {
    await client.query("INSERT INTO acked VALUES ($1, $2, repeat('x', 200))", [number, n]);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_task.5.html */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // One of them may just have ended.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
