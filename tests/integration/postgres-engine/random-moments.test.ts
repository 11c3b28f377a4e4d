import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { ClusterWorld } from "../../world/cluster-world.ts";
import { quietRun } from "../../world/sqlite-world.ts";

/**
 * Any moment of a history with three restores and an undo, on several timelines, has exactly the rows that were committed at or before it.
 * LASTGOOD_TEST_MOMENTS sets how many are tried, LASTGOOD_TEST_SEED which.
 */
const MOMENTS = Number(process.env.LASTGOOD_TEST_MOMENTS ?? 8);
const SEED = Number(process.env.LASTGOOD_TEST_SEED ?? Math.floor(Math.random() * 1e9));

let world: ClusterWorld;
let db: ProtectedDatabase;
const random = seeded(SEED);

/** From `fromMs` to `toMs` (both included, whole milliseconds) nothing but this was the state. */
type Span = { fromMs: number; toMs: number; rows: readonly number[]; activation: number };
const spans: Span[] = [];
let rows: readonly number[] = [];
let activation = 1;
let sinceMs = 0;
let next = 1;

/** This machine's clock with fractions: a commit's time has microseconds, a moment has milliseconds. */
const clockMs = () => performance.timeOrigin + performance.now();

beforeAll(async () => {
  world = await ClusterWorld.start();
  ({ db } = await world.host());
  const client = await world.connect(db);
  await client.query("CREATE TABLE rows (id int PRIMARY KEY)");
  await client.end();
  sinceMs = clockMs();
  await write(25);
  await world.base(db);
  await write(25);
  await restore(someBookmark());
  await write(20);
  const before = await restore(someBookmark());
  await write(20);
  // The undo: what served before that restore serves again.
  await restore(before);
  await write(20);
  await world.base(db);
  await restore(someBookmark());
  await write(20);
  close();
}, 240_000);
afterAll(() => world.close());

/** Runs commits of one to three statements: rows come, and some go. */
async function write(commits: number): Promise<void> {
  const client = await world.connect(db);
  for (let count = 0; count < commits; count++) {
    const { statements, state } = nextCommit();
    const startMs = close();
    await client.query(statements);
    rows = state;
    sinceMs = clockMs();
    expect(sinceMs).toBeGreaterThan(startMs);
    // Moments between two commits are whole milliseconds: the next commit is some of them away.
    await sleep(2 + Math.floor(random() * 4));
  }
  await client.end();
}

function nextCommit(): { statements: string; state: number[] } {
  const state = [...rows];
  const statements = ["BEGIN"];
  for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
    if (random() < 0.25 && state.length > 3) {
      const [gone] = state.splice(Math.floor(random() * state.length), 1);
      statements.push(`DELETE FROM rows WHERE id = ${gone}`);
    } else {
      state.push(next);
      statements.push(`INSERT INTO rows VALUES (${next++})`);
    }
  }
  return { statements: [...statements, "COMMIT"].join("; "), state: state.sort((a, b) => a - b) };
}

/** Ends what the state is since `sinceMs`: something begins now. */
function close(): number {
  const nowMs = clockMs();
  const span = { fromMs: Math.ceil(sinceMs), toMs: Math.floor(nowMs) - 1, rows, activation };
  if (span.toMs >= span.fromMs) spans.push(span);
  return nowMs;
}

/** Where to go back to: a moment of any stretch so far. */
function someBookmark(): { timestampMs: number } {
  return { timestampMs: pick().atMs };
}

function pick(): { atMs: number; span: Span } {
  const span = spans[Math.floor(random() * spans.length)];
  if (!span) throw new Error("there is no moment yet");
  return { atMs: span.fromMs + Math.floor(random() * (span.toMs - span.fromMs + 1)), span };
}

/** Restores in place; answers the state before, which is what its undo goes back to. */
async function restore(to: { timestampMs: number } | { bookmark: Bookmark; rows: readonly number[] }) {
  close();
  const former = rows;
  const at = "bookmark" in to ? { bookmark: to.bookmark } : to;
  const { bookmark } = await world.engine.resolve(db, at);
  const wanted = "rows" in to ? to.rows : rowsAt(to.timestampMs);
  const restored = await world.engine.restore(db, randomUUID(), bookmark, quietRun());
  activation++;
  rows = wanted;
  sinceMs = clockMs();
  const [found] = await world.run<{ ids: number[] | null }>(db, "SELECT array_agg(id ORDER BY id) AS ids FROM rows");
  expect(found?.ids ?? []).toEqual(wanted);
  return { bookmark: restored.previous.bookmark, rows: former };
}

function rowsAt(atMs: number): readonly number[] {
  const span = spans.find(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs);
  if (!span) throw new Error("that moment is not sure");
  return span.rows;
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

it(
  `${MOMENTS} moments have exactly the rows that were committed by then (seed ${SEED})`,
  async () => {
    const wrong: object[] = [];
    const stretches = new Set<number>();
    const tried = Array.from({ length: MOMENTS }, pick);
    for (const { atMs, span } of tried) {
      const sql = "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') AS ids FROM public.rows";
      const { results } = await world.engine.view(db, { timestampMs: atMs }, { sql });
      const ids = results.at(-1)?.results.at(0);
      stretches.add(span.activation);
      if (JSON.stringify(ids) !== JSON.stringify({ ids: span.rows.join(",") }))
        wrong.push({ atMs, ids, wanted: span.rows });
    }
    expect(wrong).toEqual([]);
    expect(new Set(spans.map((span) => span.activation))).toEqual(new Set([1, 2, 3, 4, 5]));
    if (MOMENTS >= 100) expect(stretches.size).toBe(5);
  },
  60_000 + MOMENTS * 15_000,
);
