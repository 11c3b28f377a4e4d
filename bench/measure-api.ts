import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { BenchWorld } from "./bench-world.ts";
import { ascending, type Figure, type Measurement, percentile, ratioOf } from "./figure.ts";

const LABELS = 100_000;
const COMMITS = 2000;
/** Of each question in each round. */
const CALLS = 300;

type Question = { name: string; route(call: number): string; inSqlite(call: number): void };

/**
 * How long a program waits for short questions over HTTP, at the slowest hundredth: the bookmark of a time, the window, a page of a thousand out
 * of 10^5 labels. Beside it the same question to an SQLite file in this process, in the same rounds.
 */
export const measureApi: Measurement = async (world) => {
  const database = await world.attach("api");
  const fromMs = Date.now();
  write(database.path);
  await world.settle(database.id);
  const store = new DatabaseSync(path.join(world.lastgood.data, "lastgood.db"), { timeout: 10_000 });
  const plain = new DatabaseSync(":memory:");
  try {
    addLabels(store, database.id);
    store.exec(`UPDATE "ApiToken" SET "ratePerMinute" = 0`);
    plain.exec(`CREATE TABLE commits (txid INTEGER PRIMARY KEY, timeMs INTEGER); CREATE INDEX times ON commits (timeMs);
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${COMMITS})
      INSERT INTO commits SELECT i, ${fromMs} + i FROM n`);
    const of = `/databases/${database.id}`;
    const span = Math.max(1, Date.now() - fromMs);
    const timeOf = (call: number) => fromMs + ((call * 7919) % span);
    const newest = plain.prepare("SELECT txid, timeMs FROM commits WHERE timeMs <= ? ORDER BY timeMs DESC LIMIT 1");
    const ends = plain.prepare("SELECT min(timeMs), max(timeMs) FROM commits");
    const labels = store.prepare(
      `SELECT * FROM "RestorePoint" WHERE "databaseId" = ? AND "createdAtMs" < ? ORDER BY "createdAtMs" DESC, "id" DESC LIMIT 1001`,
    );
    const cursor = (call: number) => (call * 997) % LABELS;
    const idOf = (n: number) => `00000000-0000-4000-8000-${100_000_000_000 + n}`;
    // What list a cursor is of stands behind the place.
    const { next } = (await world.call(`${of}/snapshots?limit=1`)) as { next: string };
    const ofList = next.slice(-8);
    const questions: Question[] = [
      {
        name: "API: bookmark of a time, p99",
        route: (call) => `${of}/bookmark?timestamp=${timeOf(call)}`,
        inSqlite: (call) => newest.get(timeOf(call)),
      },
      { name: "API: window, p99", route: () => `${of}/window`, inSqlite: () => ends.get() },
      {
        name: "API: page of 1,000 out of 100,000 labels, p99",
        route: (call) => `${of}/snapshots?after=${cursor(call)}_${idOf(cursor(call))}_${ofList}`,
        inSqlite: (call) => labels.all(database.id, cursor(call)),
      },
    ];
    const figures: Figure[] = [];
    for (const question of questions) figures.push(await measure(world, question));
    return figures;
  } finally {
    store.close();
    plain.close();
    await world.call(`/databases/${database.id}`, undefined, "DELETE");
  }
};

async function measure(world: BenchWorld, { name, route, inSqlite }: Question): Promise<Figure> {
  const [overHttp, beside]: [number[], number[]] = [[], []];
  for (let call = 0; call < 20; call++) await world.call(route(call));
  for (let round = 0; round < world.options.rounds; round++) {
    const [http, sqlite]: [number[], number[]] = [[], []];
    for (let call = 0; call < CALLS; call++) {
      const startedMs = performance.now();
      await world.call(route(call));
      const betweenMs = performance.now();
      inSqlite(call);
      http.push(betweenMs - startedMs);
      sqlite.push(performance.now() - betweenMs);
    }
    overHttp.push(percentile(ascending(http), 0.99));
    beside.push(percentile(ascending(sqlite), 0.99));
  }
  const [value, baseline] = [overHttp, beside].map((all) => percentile(ascending(all), 0.5));
  return {
    name,
    value: value ?? Number.NaN,
    unit: "ms",
    baseline: baseline ?? Number.NaN,
    ratio: ratioOf(overHttp, beside),
    goal: null,
    isMet: null,
    note: `${CALLS} calls a round, one after the other; beside: the same question to SQLite in one process`,
  };
}

function write(file: string): void {
  const database = new DatabaseSync(file, { timeout: 10_000 });
  database.exec("CREATE TABLE IF NOT EXISTS noted (a INTEGER)");
  const insert = database.prepare("INSERT INTO noted VALUES (?)");
  for (let n = 0; n < COMMITS; n++) insert.run(n);
  database.close();
}

function addLabels(store: DatabaseSync, databaseId: string): void {
  store
    .prepare(`INSERT INTO "RestorePoint" ("id", "databaseId", "label", "kind", "createdAtMs")
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${LABELS - 1})
      SELECT '00000000-0000-4000-8000-' || CAST(100000000000 + i AS TEXT), ?, 'label', 'pitr', i FROM n`)
    .run(databaseId);
}
