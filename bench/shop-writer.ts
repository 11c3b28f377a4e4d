import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

/** What one run of the writer is told, as JSON in its first argument, and what it reports as its one line of output. */
export type WriterOrder = {
  path: string;
  synchronous: "FULL" | "NORMAL";
  /** Null: as fast as it can. */
  commitsPerSecond: number | null;
  seconds: number;
  /** Whether to report when each commit returned. */
  withTimes: boolean;
};
export type WriterReport = {
  commits: number;
  elapsedMs: number;
  /** The longest transaction, from its begin to its commit. */
  slowestMs: number;
  /** Unix milliseconds with fractions, one for each commit in its order. */
  times: number[];
};

const CUSTOMERS = 20_000;

/** One transaction as an application makes it: an order in, two customers changed. */
export function prepareBenchTables(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(
    "PRAGMA journal_mode = WAL; CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, orders INTEGER)",
  );
  database.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, total INTEGER, note TEXT); BEGIN");
  const insert = database.prepare("INSERT INTO customers (name, orders) VALUES (?, 0)");
  for (let index = 0; index < CUSTOMERS; index++) insert.run(`customer ${index} ${"x".repeat(150)}`);
  database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

async function write(order: WriterOrder): Promise<WriterReport> {
  const database = new DatabaseSync(order.path, { timeout: 10_000 });
  database.exec(`PRAGMA synchronous = ${order.synchronous}`);
  const insert = database.prepare("INSERT INTO orders (customer, total, note) VALUES (?, ?, ?)");
  const update = database.prepare("UPDATE customers SET orders = orders + 1 WHERE id = ?");
  const anybody = () => 1 + Math.floor(Math.random() * CUSTOMERS);
  const times: number[] = [];
  let commits = 0;
  let slowestMs = 0;
  const startedMs = performance.now();
  const untilMs = startedMs + order.seconds * 1000;
  for (let nowMs = startedMs; nowMs < untilMs; ) {
    database.exec("BEGIN IMMEDIATE");
    insert.run(anybody(), commits, "a note that somebody typed, of ordinary length");
    update.run(anybody());
    update.run(anybody());
    database.exec("COMMIT");
    commits++;
    const afterMs = performance.now();
    if (order.withTimes) times.push(performance.timeOrigin + afterMs);
    slowestMs = Math.max(slowestMs, afterMs - nowMs);
    nowMs = afterMs;
    if (order.commitsPerSecond === null) continue;
    const dueMs = startedMs + (commits * 1000) / order.commitsPerSecond;
    if (dueMs > nowMs) await sleep(dueMs - nowMs);
    nowMs = performance.now();
  }
  const elapsedMs = performance.now() - startedMs;
  database.close();
  return { commits, elapsedMs, slowestMs, times };
}

if (import.meta.main) {
  const order: WriterOrder = JSON.parse(process.argv[2] ?? "null");
  process.stdout.write(`${JSON.stringify(await write(order))}\n`);
}
