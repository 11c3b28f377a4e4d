import { rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runChild } from "../lib/engines/processes/run-child.ts";
import { openHistory } from "../lib/engines/sqlite/history/open-history.ts";
import type { Materialised, MaterialiseQuestion } from "../lib/engines/sqlite/restore/materialise-child.ts";
import { changeArchive } from "./archive.ts";
import type { BenchDatabase, BenchWorld } from "./bench-world.ts";
import { type Figure, type Measurement, medianOf, ratioOf } from "./figure.ts";
import { attachArchive, removeArchive } from "./measure-restore.ts";

const COMMITS = 10_500;
/** So many commits back, and the goal for the first row there, milliseconds. */
const DISTANCES = [
  [1000, 100],
  [10_000, 500],
] as const;
const MATERIALISE = new URL("../lib/engines/sqlite/restore/materialise-child.ts", import.meta.url);
/** Somebody reads where they are before they look at the rows. */
const READING_MS = 1500;

type Round = { firstMs: number; againMs: number; wholeMs: number };

/**
 * The first row of a moment that nobody has looked at yet, through the API: each commit changed another page. The moment was resolved
 * before, as the console does. Beside writing the same state out as a whole, in the same rounds.
 */
export const measureView: Measurement = async (world) => {
  const figures: Figure[] = [];
  for (const sizeGb of world.options.sizesGb) {
    const database = await attachArchive(world, sizeGb, "view");
    await changeArchive(database.path, COMMITS, COMMITS);
    await world.settle(database.id);
    for (const [back, goalMs] of DISTANCES) figures.push(await measureDistance(world, database, sizeGb, back, goalMs));
    await world.call(`/databases/${database.id}`, undefined, "DELETE");
    removeArchive(world, database);
  }
  return figures;
};

async function measureDistance(
  world: BenchWorld,
  database: BenchDatabase,
  sizeGb: number,
  back: number,
  goalMs: number,
): Promise<Figure> {
  const rounds: Round[] = [];
  for (let round = 0; round < world.options.rounds; round++) {
    const moment = momentOf(world, database, back + round);
    const [first, second] = round % 2 === 0 ? ["look", "write"] : ["write", "look"];
    const took = { firstMs: 0, againMs: 0, wholeMs: 0 };
    for (const what of [first, second]) {
      if (what === "look") Object.assign(took, await look(world, database, moment.bookmark));
      else took.wholeMs = await writeOut(world, database, moment.txid);
    }
    rounds.push(took);
  }
  const firsts = rounds.map(({ firstMs }) => firstMs);
  const wholes = rounds.map(({ wholeMs }) => wholeMs);
  const value = medianOf(firsts);
  const [least, most] = [Math.min(...firsts), Math.max(...firsts)].map(Math.round);
  const again = medianOf(rounds.map(({ againMs }) => againMs));
  return {
    name: `first row of ${sizeGb} GB, ${back.toLocaleString("en")} commits back`,
    value,
    unit: "ms",
    baseline: medianOf(wholes),
    ratio: ratioOf(firsts, wholes),
    goal: `<= ${goalMs} ms`,
    isMet: value <= goalMs,
    note: `${least} … ${most} ms from the request to its answer; another row of the same moment ${again.toFixed(1)} ms; baseline: the same state written out as a whole`,
  };
}

function momentOf(world: BenchWorld, { id }: BenchDatabase, back: number): { txid: number; bookmark: string } {
  const history = openHistory(world.historyOf(id));
  try {
    const commit = history.byTxid(history.newest().txid - back);
    if (!commit) throw new Error(`the history has no commit ${back} back`);
    return { txid: commit.txid, bookmark: history.bookmarkOf(commit) };
  } finally {
    history.close();
  }
}

async function look(world: BenchWorld, { id }: BenchDatabase, bookmark: string): Promise<Partial<Round>> {
  await world.call(`/databases/${id}/bookmark?bookmark=${bookmark}`);
  await sleep(READING_MS);
  const ask = async (sql: string) => {
    const startedMs = performance.now();
    await world.call(`/databases/${id}/view`, { at: { bookmark }, sql });
    return performance.now() - startedMs;
  };
  const firstMs = await ask("SELECT * FROM archive LIMIT 1");
  return { firstMs, againMs: await ask("SELECT * FROM archive ORDER BY id DESC LIMIT 1") };
}

async function writeOut(world: BenchWorld, { id }: BenchDatabase, txid: number): Promise<number> {
  const file = path.join(world.folder, "whole-view.db");
  const startedMs = performance.now();
  const input: MaterialiseQuestion = { historyDirectory: world.historyOf(id), txid, file };
  await runChild<Materialised>({ script: MATERIALISE, input });
  const tookMs = performance.now() - startedMs;
  rmSync(file);
  return tookMs;
}
