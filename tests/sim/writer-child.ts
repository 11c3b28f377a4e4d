/** A program that knows nothing of Lastgood: it holds connections to a database and does what it is told (`WriterAsk`). */
import { execFileSync } from "node:child_process";
import { renameSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { hashPage } from "./page-hash.ts";
import { Random } from "./random.ts";
import type { Transaction, WriterAnswer, WriterAsk, WriterOperation } from "./writer-messages.ts";

const BUSY_TIMEOUT_MS = 20_000;
const POOL_BYTES = 8 * 1024 * 1024;
const pool = makePool();
const connections = new Map<string, DatabaseSync>();

process.on("message", (message: WriterAsk) => {
  process.send?.(answer(message), undefined, undefined, () => undefined);
});
process.on("disconnect", () => process.exit(0));

function answer(message: WriterAsk): WriterAnswer {
  try {
    return { ok: true, ...perform(message) };
  } catch (error) {
    const code = error instanceof Error && "errcode" in error ? Number(error.errcode) : 1;
    return { ok: false, error: `${message.ask}: ${String(error)}`, code };
  }
}

function perform(message: WriterAsk): { hashes?: string[]; problem?: string } {
  switch (message.ask) {
    case "create":
      create(message);
      return {};
    case "open": {
      const connection = new DatabaseSync(message.file, { timeout: BUSY_TIMEOUT_MS });
      const { cachePages, autoCheckpoint, synchronous } = message.settings;
      connection.exec(
        `PRAGMA cache_size=${cachePages}; PRAGMA wal_autocheckpoint=${autoCheckpoint}; PRAGMA synchronous=${synchronous}`,
      );
      // Once it has read, it counts among those who keep the log in being.
      connection.prepare("SELECT count(*) FROM sqlite_schema").get();
      connections.set(message.on, connection);
      return {};
    }
    case "close":
      connections.get(message.on)?.close();
      connections.delete(message.on);
      return {};
    case "run":
      for (const transaction of message.transactions) run(connectionOf(message.on), transaction);
      return {};
    case "begin": {
      const connection = connectionOf(message.on);
      connection.exec("BEGIN IMMEDIATE");
      for (const operation of message.operations) operate(connection, operation);
      return {};
    }
    case "read": {
      const connection = connectionOf(message.on);
      connection.exec("BEGIN");
      connection.prepare("SELECT count(*) FROM sqlite_schema").get();
      return {};
    }
    case "end": {
      const connection = connectionOf(message.on);
      if (connection.isTransaction) connection.exec(message.end);
      return {};
    }
    case "checkpoint": {
      const connection = connectionOf(message.on);
      connection.exec(`PRAGMA busy_timeout=${message.waitMs}`);
      try {
        connection.prepare(`PRAGMA wal_checkpoint(${message.mode})`).get();
      } finally {
        connection.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
      }
      return {};
    }
    case "vacuum":
      connectionOf(message.on).exec("VACUUM");
      return {};
    case "check":
      return check(connectionOf(message.on));
    case "image":
      return { hashes: hashImage(message.file) };
  }
}

function connectionOf(name: string): DatabaseSync {
  const connection = connections.get(name);
  if (!connection) throw new Error(`there is no connection ${name}`);
  return connection;
}

type Creation = Extract<WriterAsk, { ask: "create" }>;

function create({ file, pageSize, autoVacuum, fillToPages }: Creation): void {
  const connection = new DatabaseSync(file);
  connection.exec(`PRAGMA page_size=${pageSize}; PRAGMA auto_vacuum=${autoVacuum};
    CREATE TABLE t0(k INTEGER PRIMARY KEY, n INTEGER, v BLOB);
    CREATE TABLE t1(k INTEGER PRIMARY KEY, n INTEGER, v BLOB) WITHOUT ROWID;
    CREATE INDEX i0 ON t0(n);`);
  if (fillToPages > 0) fill(connection, pageSize, fillToPages);
  connection.close();
  if (fillToPages > 0) makeSparse(file);
  const inLog = new DatabaseSync(file);
  inLog.exec("PRAGMA journal_mode=WAL");
  inLog.close();
}

/** Rows of zeroes whose overflow pages make the database this large, without a journal. */
function fill(connection: DatabaseSync, pageSize: number, pages: number): void {
  connection.exec("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
  const many = () => Number(connection.prepare("PRAGMA page_count").get()?.page_count);
  const insert = connection.prepare("INSERT INTO t0(k, n, v) VALUES(?, 0, zeroblob(?))");
  for (let k = 1_000_000; many() < pages; k++) {
    insert.run(k, Math.min(500_000_000, Math.max(1, pages - many() - 1) * (pageSize - 4)));
  }
}

/** Gives back the blocks that hold nothing but zeroes. */
function makeSparse(file: string): void {
  execFileSync("cp", ["--sparse=always", file, `${file}.sparse`]);
  renameSync(`${file}.sparse`, file);
}

/** Statements by their text; what is compiled once is asked again and again. */
const statements = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

function prepared(connection: DatabaseSync, sql: string): StatementSync {
  let known = statements.get(connection);
  if (!known) {
    known = new Map();
    statements.set(connection, known);
  }
  const statement = known.get(sql) ?? connection.prepare(sql);
  known.set(sql, statement);
  return statement;
}

function run(connection: DatabaseSync, { operations, end }: Transaction): void {
  connection.exec("BEGIN IMMEDIATE");
  try {
    for (const operation of operations) operate(connection, operation);
    connection.exec(end);
  } catch (error) {
    if (connection.isTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}

function operate(connection: DatabaseSync, operation: WriterOperation): void {
  const tables = tablesOf(connection);
  const table = "table" in operation ? tables[operation.table % Math.max(1, tables.length)] : undefined;
  switch (operation.what) {
    case "put": {
      const { from, count, bytes, salt } = operation;
      if (!table) return;
      const put = prepared(connection, `INSERT OR REPLACE INTO ${table}(k, n, v) VALUES(?, ?, ?)`);
      for (let i = 0; i < count; i++) put.run(from + i, salt + i, blob(bytes, salt + i));
      return;
    }
    case "edit":
      if (!table) return;
      prepared(connection, `UPDATE ${table} SET n = n + ? WHERE k BETWEEN ? AND ?`).run(
        operation.salt,
        operation.from,
        operation.from + operation.count,
      );
      return;
    case "resize":
      if (!table) return;
      prepared(connection, `UPDATE ${table} SET v = ? WHERE k BETWEEN ? AND ?`).run(
        blob(operation.bytes, operation.salt),
        operation.from,
        operation.from + operation.count,
      );
      return;
    case "delete":
      if (!table) return;
      prepared(connection, `DELETE FROM ${table} WHERE k BETWEEN ? AND ?`).run(
        operation.from,
        operation.from + operation.count,
      );
      return;
    case "clear":
      if (table) connection.exec(`DELETE FROM ${table}`);
      return;
    case "create":
      connection.exec(
        `CREATE TABLE IF NOT EXISTS t${operation.name}(k INTEGER PRIMARY KEY, n INTEGER, v BLOB)${operation.withoutRowid ? " WITHOUT ROWID" : ""}`,
      );
      return;
    case "drop":
      if (tables.length > 1) connection.exec(`DROP TABLE ${table}`);
      return;
    case "index":
      if (table) connection.exec(`CREATE INDEX IF NOT EXISTS i${operation.name} ON ${table}(n, length(v))`);
      return;
    case "unindex":
      connection.exec(`DROP INDEX IF EXISTS i${operation.name}`);
      return;
    case "column": {
      const known = prepared(connection, `SELECT count(*) AS many FROM pragma_table_info(?)`).get(table ?? "");
      if (table && Number(known?.many) < 6)
        connection.exec(`ALTER TABLE ${table} ADD COLUMN c${known?.many} DEFAULT 7`);
      return;
    }
    case "shrink":
      prepared(connection, `PRAGMA incremental_vacuum(${operation.pages})`).all();
      return;
    case "version":
      connection.exec(`PRAGMA user_version=${operation.number}`);
  }
}

function tablesOf(connection: DatabaseSync): string[] {
  const rows = prepared(connection, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  return rows.map((row) => String(row.name));
}

function check(connection: DatabaseSync): { problem?: string } {
  const found = String(connection.prepare("PRAGMA integrity_check(1)").get()?.integrity_check);
  if (found !== "ok") return { problem: found };
  for (const table of tablesOf(connection)) connection.prepare(`SELECT count(*), sum(length(v)) FROM ${table}`).get();
  return {};
}

/** The state as stock SQLite sees it, by a connection that has cached nothing. */
function hashImage(file: string): string[] {
  const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    const pageSize = Number(connection.prepare("PRAGMA page_size").get()?.page_size);
    const image = connection.serialize();
    const hashes: string[] = [];
    for (let at = 0; at < image.length; at += pageSize) {
      hashes.push(hashPage(at / pageSize + 1, image.subarray(at, at + pageSize)));
    }
    return hashes;
  } finally {
    connection.close();
  }
}

function makePool(): Buffer {
  const random = new Random(4711);
  const bytes = Buffer.alloc(POOL_BYTES);
  // Half of it repeats itself, as much of what people store does.
  for (let at = 0; at < POOL_BYTES; at += 4) bytes.writeUInt32LE((at >> 12) & 1 ? at >> 12 : random.next(), at);
  return bytes;
}

function blob(bytes: number, salt: number): Uint8Array {
  const at = (Math.imul(salt, 2654435761) >>> 0) % (POOL_BYTES - bytes);
  return pool.subarray(at, at + bytes);
}
