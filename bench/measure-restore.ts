import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { BookmarkView, DatabaseView, PlanView, RestoreAnswer, RestoreView } from "../lib/client/api-types.ts";
import { changeArchive, makeArchive } from "./archive.ts";
import type { BenchDatabase, BenchWorld } from "./bench-world.ts";
import { type Figure, type Measurement, medianOf, ratioOf } from "./figure.ts";

const run = promisify(execFile);
const PAGES = 1000;
const GOAL_RATIO = 0.15;
const GOAL_SMALL_MS = 150;
const SMALL_GB = 0.1;
const SETTLE_WITHIN_MS = 30_000;

type Round = { copyMs: number; syncedMs: number; tookMs: number; view: RestoreView };

/**
 * Takes a thousand changed pages back through the API, from the request until the restore's own commit is durable in the
 * history and the database is shown as protected again; beside `cp` and `sync` of the file in the same rounds: what one
 * would do by hand, application stopped. Once with the plan read before, as the console does, once without.
 */
export const measureRestore: Measurement = async (world) => {
  const figures: Figure[] = [];
  for (const sizeGb of world.options.sizesGb) figures.push(...(await measureSize(world, sizeGb)));
  return figures;
};

async function measureSize(world: BenchWorld, sizeGb: number): Promise<Figure[]> {
  const database = await attachArchive(world, sizeGb, "archive");
  const planned: Round[] = [];
  const direct: Round[] = [];
  for (let round = 0; round < world.options.rounds; round++) {
    planned.push(await goBack(world, database, { isPlanned: true, isCopyFirst: round % 2 === 0 }));
    direct.push(await goBack(world, database, { isPlanned: false, isCopyFirst: round % 2 === 1 }));
  }
  await world.call(`/databases/${database.id}`, undefined, "DELETE");
  removeArchive(world, database);
  return [asFigure(sizeGb, "after its plan", planned), asFigure(sizeGb, "without a plan before", direct)];
}

/** Gives the disk back. The capture of a deleted database ends a moment later: until then it may add to its history. */
export function removeArchive(world: BenchWorld, { id, path: file }: BenchDatabase): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
  rmSync(world.historyOf(id), { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
}

/** A database of that size, captured. */
export async function attachArchive(world: BenchWorld, sizeGb: number, prefix: string): Promise<BenchDatabase> {
  const name = `${prefix}-${String(sizeGb).replace(".", "-")}`;
  const file = path.join(world.folder, `${name}.db`);
  await makeArchive(file, sizeGb * 1e9);
  const { id } = await world.call<DatabaseView>("/databases", { name, engine: "sqlite", attach: { path: file } });
  while ((await world.call<DatabaseView>(`/databases/${id}`)).state !== "active") await sleep(200);
  await world.settle(id);
  return { id, path: file };
}

async function goBack(
  world: BenchWorld,
  database: BenchDatabase,
  { isPlanned, isCopyFirst }: { isPlanned: boolean; isCopyFirst: boolean },
): Promise<Round> {
  const base = `/databases/${database.id}`;
  const { bookmark } = await world.call<BookmarkView>(`${base}/bookmark`);
  await changeArchive(database.path, PAGES, PAGES);
  await world.settle(database.id);
  const before = isCopyFirst ? await copyFile(database.path) : null;
  if (isPlanned) {
    await world.call<PlanView>(`${base}/plan`, { bookmark });
    // Somebody reads it.
    await sleep(1500);
  }
  const startedMs = performance.now();
  const { restoreId } = await world.call<RestoreAnswer>(`${base}/restore`, { bookmark });
  await untilProtected(world, base);
  const tookMs = performance.now() - startedMs;
  const view = await world.call<RestoreView>(`${base}/restores/${restoreId}`);
  const copied = before ?? (await copyFile(database.path));
  return { ...copied, tookMs, view };
}

async function untilProtected(world: BenchWorld, base: string): Promise<void> {
  const untilMs = performance.now() + SETTLE_WITHIN_MS;
  for (;;) {
    const { state, capture } = await world.call<DatabaseView>(base);
    if (state === "active" && capture?.state === "protected") return;
    if (performance.now() > untilMs) throw new Error(`the database is ${state}, ${capture?.state} after its restore`);
  }
}

async function copyFile(file: string): Promise<{ copyMs: number; syncedMs: number }> {
  const copy = `${file}.copy`;
  const startedMs = performance.now();
  await run("cp", [file, copy]);
  const copyMs = performance.now() - startedMs;
  await run("sync", [copy]);
  const syncedMs = performance.now() - startedMs;
  rmSync(copy);
  return { copyMs, syncedMs };
}

function asFigure(sizeGb: number, how: string, rounds: readonly Round[]): Figure {
  const took = rounds.map(({ tookMs }) => tookMs);
  const synced = rounds.map(({ syncedMs }) => syncedMs);
  const ratio = ratioOf(took, synced);
  const isSmall = sizeGb <= SMALL_GB;
  const value = medianOf(took);
  const stages = [
    ...new Set(rounds.flatMap(({ view }) => Object.keys(view.timings))),
  ] as (keyof RestoreView["timings"])[];
  const stageTimes = stages.map((stage) => `${stage} ${medianOf(rounds.map(({ view }) => view.timings[stage] ?? 0))}`);
  const least = Math.round(Math.min(...took));
  const most = Math.round(Math.max(...took));
  return {
    name: `restore of ${rounds[0]?.view.pages ?? 0} pages in ${sizeGb} GB, ${how}`,
    value,
    unit: "ms",
    baseline: medianOf(synced),
    ratio,
    goal: isSmall ? `<= ${GOAL_SMALL_MS} ms` : `ratio <= ${GOAL_RATIO}`,
    isMet: isSmall ? value <= GOAL_SMALL_MS : ratio.median <= GOAL_RATIO,
    note: `${least} … ${most} ms, from the request until protected again; medians: ${stageTimes.join(", ")} ms; baseline: cp and sync, cp alone ${Math.round(medianOf(rounds.map(({ copyMs }) => copyMs)))} ms`,
  };
}
