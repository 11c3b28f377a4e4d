import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

/** What one run of the writer is told, as JSON in its first argument, and what it reports as its one line of output. */
export type WriterOrder = {
  path: string;
  /** `shop`: an order in, two customers changed. `blobs`: random bytes, four rows new and four overwritten. */
  work: "shop" | "blobs";
  synchronous: "FULL" | "NORMAL";
  /** Null: as fast as it can. */
  commitsPerSecond: number | null;
  seconds: number;
  /** Whether to report on each commit. */
  withTimes: boolean;
};
export type WriterReport = {
  commits: number;
  elapsedMs: number;
  /** The longest transaction, from its begin to its commit. */
  slowestMs: number;
  /** When each commit returned, in their order: Unix milliseconds with fractions. */
  times: number[];
  /** How long each transaction took, from its begin to its commit, milliseconds. */
  tookMs: number[];
};

const CUSTOMERS = 20_000;
/** Of several pages each, which hold nothing else. */
const BLOB_BYTES = 40_000;

/** The tables that the writer needs, in a new database in WAL mode. */
export function prepareBenchTables(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(
    "PRAGMA journal_mode = WAL; CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, orders INTEGER)",
  );
  database.exec("CREATE TABLE blobs (id INTEGER PRIMARY KEY, body BLOB)");
  database.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, total INTEGER, note TEXT); BEGIN");
  const insert = database.prepare("INSERT INTO customers (name, orders) VALUES (?, 0)");
  for (let index = 0; index < CUSTOMERS; index++) insert.run(`customer ${index} ${"x".repeat(150)}`);
  database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

type Transact = (commits: number) => void;

function shopWork(database: DatabaseSync): Transact {
  const insert = database.prepare("INSERT INTO orders (customer, total, note) VALUES (?, ?, ?)");
  const update = database.prepare("UPDATE customers SET orders = orders + 1 WHERE id = ?");
  const anybody = () => 1 + Math.floor(Math.random() * CUSTOMERS);
  return (commits) => {
    insert.run(anybody(), commits, "a note that somebody typed, of ordinary length");
    update.run(anybody());
    update.run(anybody());
  };
}

function blobWork(database: DatabaseSync): Transact {
  const insert = database.prepare(`INSERT INTO blobs (body) VALUES (randomblob(${BLOB_BYTES}))`);
  const overwrite = database.prepare(`UPDATE blobs SET body = randomblob(${BLOB_BYTES}) WHERE id = ?`);
  return (commits) => {
    for (let i = 0; i < 4; i++) {
      overwrite.run(1 + Math.floor(Math.random() * (commits * 4 + 1)));
      insert.run();
    }
  };
}

async function write(order: WriterOrder): Promise<WriterReport> {
  const database = new DatabaseSync(order.path, { timeout: 10_000 });
  database.exec(`PRAGMA synchronous = ${order.synchronous}`);
  const transact = order.work === "shop" ? shopWork(database) : blobWork(database);
  const times: number[] = [];
  const tookMs: number[] = [];
  let commits = 0;
  let slowestMs = 0;
  const startedMs = performance.now();
  const untilMs = startedMs + order.seconds * 1000;
  for (let nowMs = startedMs; nowMs < untilMs; ) {
    database.exec("BEGIN IMMEDIATE");
    transact(commits);
    database.exec("COMMIT");
    commits++;
    const afterMs = performance.now();
    if (order.withTimes) {
      times.push(performance.timeOrigin + afterMs);
      tookMs.push(afterMs - nowMs);
    }
    slowestMs = Math.max(slowestMs, afterMs - nowMs);
    nowMs = afterMs;
    if (order.commitsPerSecond === null) continue;
    const dueMs = startedMs + (commits * 1000) / order.commitsPerSecond;
    if (dueMs > nowMs) await sleep(dueMs - nowMs);
    nowMs = performance.now();
  }
  const elapsedMs = performance.now() - startedMs;
  database.close();
  return { commits, elapsedMs, slowestMs, times, tookMs };
}

if (import.meta.main) {
  const order: WriterOrder = JSON.parse(process.argv[2] ?? "null");
  process.stdout.write(`${JSON.stringify(await write(order))}\n`);
}
