import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { runChild } from "../lib/engines/processes/run-child.ts";
import { openHistory } from "../lib/engines/sqlite/history/open-history.ts";
import type { Materialised, MaterialiseQuestion } from "../lib/engines/sqlite/restore/materialise-child.ts";
import { changeArchive } from "./archive.ts";
import type { BenchWorld } from "./bench-world.ts";
import { type Figure, type Measurement, medianOf, ratioOf } from "./figure.ts";
import { attachArchive, removeArchive } from "./measure-restore.ts";

const run = promisify(execFile);
const GOAL_RATIO = 1.3;
const PAGES = 20_000;
const COMMITS = 2000;
const CHILD = new URL("../lib/engines/sqlite/restore/materialise-child.ts", import.meta.url);

/**
 * Writes a whole past state into a new file, each page checked, in the process in which the engine does it: the newest state, so
 * that every commit of the history has to be gone through. Beside `cp` and `sync` of the database in the same rounds.
 */
export const measureMaterialise: Measurement = async (world) => {
  const figures: Figure[] = [];
  for (const sizeGb of world.options.sizesGb) figures.push(await measureSize(world, sizeGb));
  return figures;
};

async function measureSize(world: BenchWorld, sizeGb: number): Promise<Figure> {
  const database = await attachArchive(world, sizeGb, "whole");
  await changeArchive(database.path, PAGES, COMMITS);
  await world.settle(database.id);
  const historyDirectory = world.historyOf(database.id);
  const history = openHistory(historyDirectory);
  const { txid } = history.newest();
  history.close();
  const file = path.join(world.folder, "whole-state.db");
  const rounds: { tookMs: number; copyMs: number; syncedMs: number }[] = [];
  for (let round = 0; round < world.options.rounds; round++) {
    const copy = async () => {
      const startedMs = performance.now();
      await run("cp", [database.path, `${file}.copy`]);
      const copyMs = performance.now() - startedMs;
      await run("sync", [`${file}.copy`]);
      const syncedMs = performance.now() - startedMs;
      rmSync(`${file}.copy`);
      return { copyMs, syncedMs };
    };
    const write = async () => {
      const startedMs = performance.now();
      const input: MaterialiseQuestion = { historyDirectory, txid, file };
      await runChild<Materialised>({ script: CHILD, input });
      const tookMs = performance.now() - startedMs;
      rmSync(file);
      return { tookMs };
    };
    rounds.push(
      round % 2 === 0 ? { ...(await copy()), ...(await write()) } : { ...(await write()), ...(await copy()) },
    );
  }
  await world.call(`/databases/${database.id}`, undefined, "DELETE");
  removeArchive(world, database);
  const took = rounds.map(({ tookMs }) => tookMs);
  const synced = rounds.map(({ syncedMs }) => syncedMs);
  const ratio = ratioOf(took, synced);
  const [least, most] = [Math.min(...took), Math.max(...took)].map(Math.round);
  return {
    name: `whole state of ${sizeGb} GB, ${COMMITS} commits on`,
    value: medianOf(took),
    unit: "ms",
    baseline: medianOf(synced),
    ratio,
    goal: `ratio <= ${GOAL_RATIO}`,
    isMet: ratio.median <= GOAL_RATIO,
    note: `${least} … ${most} ms, the process's start and its fsync included; baseline: cp and sync, cp alone ${Math.round(medianOf(rounds.map(({ copyMs }) => copyMs)))} ms`,
  };
}
