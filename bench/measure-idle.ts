import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { DatabaseView } from "../lib/client/api-types.ts";
import { BenchWorld } from "./bench-world.ts";
import type { Figure, Measurement } from "./figure.ts";
import { cpuMsOf, memoryOf } from "./process-usage.ts";

const PROCESSES = ["reader", "keeper-a", "keeper-b", "agent"] as const;
const GOAL_PERCENT = 0.1;
const GOAL_MB = 200;
const AT_ONCE = 2;
/** Until what the start of capture left behind is done, and idle databases are known as such. */
const SETTLE_MS = 20_000;
const WATCH_MS = 20_000;

/** What databases cost to which nothing happens, in a Lastgood of their own. */
export const measureIdle: Measurement = async ({ options }) => {
  const world = await BenchWorld.start(options);
  try {
    const nothing = await watch(world);
    await attachIdle(world, 0, 100);
    const hundred = await watch(world);
    await attachIdle(world, 100, 200);
    const twoHundred = await watch(world);
    return [
      cpuFigure("100 idle databases", hundred, nothing, true),
      cpuFigure("200 idle databases", twoHundred, nothing, false),
      memoryFigure("memory with 200 databases", twoHundred, nothing),
    ];
  } finally {
    await world.close();
  }
};

type Usage = { name: string; percent: number; residentMb: number; shareMb: number };

async function watch({ lastgood }: BenchWorld): Promise<Usage[]> {
  await sleep(SETTLE_MS);
  const pids = PROCESSES.map((name) => {
    const pid = lastgood.pidOf(name);
    if (pid === null) throw new Error(`${name} does not run`);
    return { name, pid };
  });
  const before = pids.map(({ pid }) => cpuMsOf(pid));
  const startedMs = performance.now();
  await sleep(WATCH_MS);
  const elapsedMs = performance.now() - startedMs;
  return pids.map(({ name, pid }, i) => {
    const { residentBytes, shareBytes } = memoryOf(pid);
    const percent = ((cpuMsOf(pid) - (before[i] ?? 0)) / elapsedMs) * 100;
    return { name, percent, residentMb: residentBytes / 1e6, shareMb: shareBytes / 1e6 };
  });
}

async function attachIdle(world: BenchWorld, from: number, to: number): Promise<void> {
  const names = Array.from({ length: to - from }, (_, index) => `idle-${from + index}`);
  const worker = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const file = path.join(world.folder, `${name}.db`);
      const database = new DatabaseSync(file);
      database.exec("PRAGMA journal_mode = WAL; CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT)");
      database.exec("INSERT INTO notes (note) VALUES ('nothing happens here')");
      database.close();
      const attach = { name, engine: "sqlite", attach: { path: file } };
      await world.settle((await world.call<DatabaseView>("/databases", attach)).id);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const sumOf = (usages: readonly Usage[], field: "percent" | "residentMb" | "shareMb") =>
  usages.reduce((sum, usage) => sum + usage[field], 0);
const each = (usages: readonly Usage[], field: "percent" | "residentMb" | "shareMb", digits: number) =>
  usages.map((usage) => `${usage.name} ${usage[field].toFixed(digits)}`).join(", ");

function cpuFigure(name: string, usages: readonly Usage[], nothing: readonly Usage[], hasGoal: boolean): Figure {
  const value = sumOf(usages, "percent");
  const baseline = sumOf(nothing, "percent");
  return {
    name,
    value,
    unit: "% of a core",
    baseline,
    ratio: null,
    goal: hasGoal ? `<= ${GOAL_PERCENT} % more` : null,
    isMet: hasGoal ? value - baseline <= GOAL_PERCENT : null,
    note: `${(value - baseline).toFixed(3)} % more; ${each(usages, "percent", 3)}; baseline: the same processes without a database (${each(nothing, "percent", 3)})`,
  };
}

function memoryFigure(name: string, usages: readonly Usage[], nothing: readonly Usage[]): Figure {
  const value = sumOf(usages, "shareMb");
  return {
    name,
    value,
    unit: "MB",
    baseline: sumOf(nothing, "shareMb"),
    ratio: null,
    goal: `< ${GOAL_MB} MB`,
    isMet: value < GOAL_MB,
    note:
      `reader, both keepers and agent, memory that they share counted once (${each(usages, "shareMb", 0)}); ` +
      `resident: ${each(usages, "residentMb", 0)}; baseline: without a database`,
  };
}
