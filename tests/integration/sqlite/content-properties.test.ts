import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test } from "vitest";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { SealedSegment } from "../../../lib/engines/sqlite/history/sealed-segment.ts";
import { contentAt } from "../../../lib/engines/sqlite/restore/content-at.ts";
import { materialise } from "../../../lib/engines/sqlite/restore/materialise.ts";
import { MadeHistory } from "../../world/made-history.ts";

const PAGE = 512;
const SEEDS = (process.env.LASTGOOD_CONTENT_SEEDS ?? "101,102").split(",").map(Number);
const made: MadeHistory[] = [];
afterEach(async () => {
  for (const { writer, directory } of made.splice(0)) {
    await writer.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One statement that moves pages about: growth, freed pages, pages used again, VACUUM whole and by steps, schema changes. */
function randomStatement(random: (below: number) => number, step: number): string {
  const rows = 1 + random(40);
  const kinds = [
    () => `INSERT INTO t (body) SELECT randomblob(${20 + random(900)}) FROM generate_series(1, ${rows})`,
    () => `UPDATE t SET body = randomblob(${20 + random(600)}) WHERE id % ${2 + random(9)} = 0`,
    () => `UPDATE t SET n = n + 1 WHERE id % 3 = ${random(3)}`,
    () => `DELETE FROM t WHERE id % ${1 + random(4)} = 0`,
    () => "VACUUM",
    () => `PRAGMA incremental_vacuum(${1 + random(20)})`,
    () => `CREATE TABLE extra_${step} (a); INSERT INTO extra_${step} SELECT body FROM t LIMIT ${rows}`,
    () => "DROP TABLE IF EXISTS extra_1; CREATE INDEX IF NOT EXISTS by_n ON t (n)",
    () => "DROP INDEX IF EXISTS by_n; DELETE FROM t",
  ];
  const weights = [0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8];
  return (kinds[weights[random(weights.length)] ?? 0] ?? (() => ""))().replace(
    /FROM generate_series\(1, (\d+)\)/,
    "FROM (WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < $1) SELECT i FROM s)",
  );
}

/** A history of what SQLite itself made of random statements, with states, in sealed segments of some commits. */
async function makeOf(seed: number, commits: number): Promise<MadeHistory> {
  const random = randomSource(seed);
  const history = new MadeHistory({ bytes: 1e9, commits: 15 + random(30) }, seed);
  made.push(history);
  const file = path.join(history.directory, "source.db");
  const source = new DatabaseSync(file);
  source.exec(`PRAGMA page_size = ${PAGE}; PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF`);
  source.exec(
    `PRAGMA auto_vacuum = ${random(3)}; CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER DEFAULT 0, body BLOB)`,
  );
  for (let step = 0; step < commits; step++) {
    source.exec(randomStatement(random, step));
    history.change(readFileSync(file));
    if (step % 5 === 0) await history.writer.flush();
  }
  source.close();
  await history.writer.flush();
  history.writeMirror(history.state());
  return history;
}

/** The same with a segment that can be stepped over at once: whether one can depends on how well random bytes compress. */
async function makeSteppable(seed: number): Promise<{ history: MadeHistory; view: History }> {
  for (let tries = 0; tries < 20; tries++) {
    const history = await makeOf(seed, 220);
    const view = openHistory(history.directory);
    if (view.allSegments().some((one) => one instanceof SealedSegment && one.isCombined)) return { history, view };
    view.close();
  }
  throw new Error("no segment of any of these histories can be stepped over at once");
}

/** The whole state, put together of what `contentAt` gives over the newest state. */
async function reach(view: History, history: MadeHistory, toTxid: number): Promise<Buffer> {
  const workspaceFile = path.join(history.directory, "workspace");
  const request = { toTxid, sinceTxid: toTxid, skip: new Set<number>(), workspaceFile };
  const { workspace, sizePages, throughTxid } = await contentAt(view, request);
  const state = Buffer.alloc(sizePages * PAGE);
  history.states[throughTxid]?.copy(state);
  for (const page of workspace.pages()) workspace.get(page)?.copy(state, (page - 1) * PAGE);
  workspace.close();
  return state;
}

describe.each(SEEDS)("what SQLite itself made of random statements (seed %i)", (seed) => {
  test("is reached backwards, forwards and as a whole, across VACUUM, shrink, growth and reused pages", {
    timeout: 240_000,
  }, async () => {
    const { history, view } = await makeSteppable(seed);
    const random = randomSource(seed * 3 + 1);
    const last = history.states.length - 1;
    const sizes = history.states.map((state) => state.length / PAGE);
    const isMixed = sizes.some((size, txid) => size < (sizes[txid - 1] ?? 0) / 2);
    expect(isMixed, "it shrank by half at least once").toBe(true);
    const targets = [1, 2, last - 1, ...Array.from({ length: 25 }, () => 1 + random(last))];
    for (const txid of targets) {
      const wanted = history.states[txid] ?? Buffer.alloc(0);
      expect((await reach(view, history, txid)).equals(wanted), `backwards to ${txid}`).toBe(true);
    }
    // A mirror that stands still in the midst of the history, and one that is torn: both are met page by page.
    for (const txid of targets.slice(0, 4)) {
      const wanted = history.states[txid] ?? Buffer.alloc(0);
      history.writeMirror(history.states[1 + random(last)] ?? history.state());
      expect((await reach(view, history, txid)).equals(wanted), `from an old mirror to ${txid}`).toBe(true);
    }
    for (const txid of targets.slice(3, 5)) {
      const wanted = history.states[txid] ?? Buffer.alloc(0);
      rmSync(history.mirrorPath, { force: true });
      expect((await reach(view, history, txid)).equals(wanted), `forwards to ${txid}`).toBe(true);
      history.writeMirror(history.state());
    }
    for (const txid of targets) {
      const image = path.join(history.directory, "image");
      materialise(view, txid, image);
      expect(readFileSync(image).equals(history.states[txid] ?? Buffer.alloc(0)), `as a whole at ${txid}`).toBe(true);
    }
    view.close();
  });
});
