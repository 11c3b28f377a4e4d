import { rmSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { BookmarkView } from "../lib/client/api-types.ts";
import type { DatabaseDiff } from "../lib/domain/diff.ts";
import { changeArchive } from "./archive.ts";
import type { BenchDatabase, BenchWorld } from "./bench-world.ts";
import { type Figure, type Measurement, medianOf, ratioOf } from "./figure.ts";
import { attachArchive, removeArchive } from "./measure-restore.ts";

const PAGES = 1000;
const GOAL_RATIO = 0.2;
const ASK_AGAIN_MS = 100;

/** All rows of both states: EXCEPT puts all of them into order first; a join by key, where there is one, meets each row once. */
const JOIN = `SELECT count(*) AS many FROM main.archive x JOIN later.archive y USING (id)
  WHERE x.changes IS NOT y.changes OR x.body IS NOT y.body`;
const EXCEPT = "SELECT count(*) AS many FROM (SELECT * FROM main.archive EXCEPT SELECT * FROM later.archive)";

type Round = { tookMs: number; joinMs: number; exceptMs: number };

/**
 * What a thousand changed pages did, through the API, from the request until the answer is complete; beside ATTACH and EXCEPT, and
 * a join by key, on plain copies of both states that lie there already, in the same rounds.
 */
export const measureDiff: Measurement = async (world) => {
  const figures: Figure[] = [];
  for (const sizeGb of world.options.sizesGb) figures.push(await measureSize(world, sizeGb));
  return figures;
};

async function measureSize(world: BenchWorld, sizeGb: number): Promise<Figure> {
  const database = await attachArchive(world, sizeGb, "compared");
  const rounds: Round[] = [];
  let before = await copyOf(database, 0);
  for (let round = 0; round < world.options.rounds; round++) {
    const { bookmark } = await world.call<BookmarkView>(`/databases/${database.id}/bookmark`);
    await changeArchive(database.path, PAGES, PAGES);
    await world.settle(database.id);
    const after = await copyOf(database, round + 1);
    const isSqlFirst = round % 2 === 0;
    const early = isSqlFirst ? compareBySql(before, after) : null;
    const tookMs = await compareByPages(world, database, bookmark);
    rounds.push({ tookMs, ...(early ?? compareBySql(before, after)) });
    rmSync(before);
    before = after;
  }
  rmSync(before);
  await world.call(`/databases/${database.id}`, undefined, "DELETE");
  removeArchive(world, database);
  return asFigure(sizeGb, rounds);
}

async function copyOf({ path: file }: BenchDatabase, round: number): Promise<string> {
  const copy = `${file}.state-${round}`;
  const source = new DatabaseSync(file);
  await backup(source, copy, { rate: 20_000 });
  source.close();
  const state = new DatabaseSync(copy);
  state.exec("PRAGMA journal_mode = DELETE");
  state.close();
  return copy;
}

async function compareByPages(world: BenchWorld, { id }: BenchDatabase, from: string): Promise<number> {
  const startedMs = performance.now();
  for (let to = ""; ; ) {
    const diff = await world.call<DatabaseDiff>(`/databases/${id}/diff?from=${from}${to && `&to=${to}`}`);
    if (diff.state === "complete") {
      const { added, removed, changed, exact } = diff.tables[0] ?? {};
      const told = JSON.stringify({ added, removed, changed, exact });
      if (told !== JSON.stringify({ added: 0, removed: 0, changed: PAGES, exact: true })) throw new Error(told);
      return performance.now() - startedMs;
    }
    to = diff.to.bookmark;
    await sleep(ASK_AGAIN_MS);
  }
}

function compareBySql(before: string, after: string): { joinMs: number; exceptMs: number } {
  const database = new DatabaseSync(before, { readOnly: true });
  try {
    database.prepare("ATTACH ? AS later").run(`file:${after}?mode=ro`);
    const timed = (sql: string) => {
      const startedMs = performance.now();
      const many = Number(database.prepare(sql).get()?.many);
      if (many !== PAGES) throw new Error(`SQL finds ${many} rows`);
      return performance.now() - startedMs;
    };
    return { joinMs: timed(JOIN), exceptMs: timed(EXCEPT) };
  } finally {
    database.close();
  }
}

function asFigure(sizeGb: number, rounds: readonly Round[]): Figure {
  const took = rounds.map(({ tookMs }) => tookMs);
  const sql = rounds.map(({ exceptMs }) => exceptMs);
  const ratio = ratioOf(took, sql);
  const [least, most] = [Math.min(...took), Math.max(...took)].map(Math.round);
  const joins = rounds.map(({ joinMs }) => joinMs);
  const beside = `a join by key ${Math.round(medianOf(joins))} ms, ratio ${ratioOf(took, joins).median.toFixed(2)}`;
  return {
    name: `difference of ${PAGES} pages in ${sizeGb} GB`,
    value: medianOf(took),
    unit: "ms",
    baseline: medianOf(sql),
    ratio,
    goal: `ratio <= ${GOAL_RATIO}`,
    isMet: ratio.median <= GOAL_RATIO,
    note: `${least} … ${most} ms over the API, the process's start included; baseline: ATTACH and EXCEPT; ${beside}`,
  };
}
