import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import type { SqlDriverAdapter, SqlDriverAdapterFactory, SqlQuery, Transaction } from "@prisma/driver-adapter-utils";
import { Turns } from "./turns.ts";

/*
 * Prisma's SQLite adapter has one connection, on which a query that belongs to no transaction runs inside of whichever is
 * open at the moment and is rolled back with it. Here:
 *   - reads outside of transactions have a connection of their own and see only what is committed;
 *   - writes take turns on the other one, so none can slip into a stranger's transaction;
 *   - a transaction takes the write lock at its start, so a read within it can never be too old to write;
 *   - waiting for another process's lock never blocks this process.
 */
const LOCK_WAIT_MS = 10_000;
const LOCK_PAUSE_MS = 5;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const statement = (sql: string): SqlQuery => ({ sql, args: [], argTypes: [] });

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || typeof error.cause !== "object" || error.cause === null) return false;
  return "kind" in error.cause && error.cause.kind === "SocketTimeout";
}

/** Repeats what another process's lock refused, for at most `LOCK_WAIT_MS`. */
async function whenFree<T>(run: () => Promise<T>): Promise<T> {
  const giveUpAtMs = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isBusy(error) || Date.now() > giveUpAtMs) throw error;
    }
    await pause(LOCK_PAUSE_MS * (1 + Math.random()));
  }
}

class WriteTransaction implements Transaction {
  readonly provider;
  readonly adapterName;
  readonly options = { usePhantomQuery: false };
  readonly #writer: SqlDriverAdapter;
  readonly #endTurn: () => void;

  constructor(writer: SqlDriverAdapter, endTurn: () => void) {
    this.provider = writer.provider;
    this.adapterName = writer.adapterName;
    this.#writer = writer;
    this.#endTurn = endTurn;
  }

  queryRaw(query: SqlQuery) {
    return this.#writer.queryRaw(query);
  }
  executeRaw(query: SqlQuery) {
    return this.#writer.executeRaw(query);
  }
  /** Prisma has sent COMMIT itself by now; only the turn ends. */
  async commit() {
    this.#endTurn();
  }
  async rollback() {
    this.#endTurn();
  }
  async createSavepoint(name: string) {
    await this.#writer.executeRaw(statement(`SAVEPOINT ${name}`));
  }
  async rollbackToSavepoint(name: string) {
    await this.#writer.executeRaw(statement(`ROLLBACK TO ${name}`));
  }
  async releaseSavepoint(name: string) {
    await this.#writer.executeRaw(statement(`RELEASE SAVEPOINT ${name}`));
  }
}

class SqliteConnections implements SqlDriverAdapter {
  readonly provider;
  readonly adapterName;
  readonly #reader: SqlDriverAdapter;
  readonly #writer: SqlDriverAdapter;
  readonly #turns = new Turns();

  constructor(reader: SqlDriverAdapter, writer: SqlDriverAdapter) {
    this.provider = writer.provider;
    this.adapterName = writer.adapterName;
    this.#reader = reader;
    this.#writer = writer;
  }

  queryRaw(query: SqlQuery) {
    if (/^\s*SELECT\b/i.test(query.sql)) return whenFree(() => this.#reader.queryRaw(query));
    return this.#inTurn(() => this.#writer.queryRaw(query));
  }
  executeRaw(query: SqlQuery) {
    return this.#inTurn(() => this.#writer.executeRaw(query));
  }
  executeScript(script: string) {
    return this.#inTurn(() => this.#writer.executeScript(script));
  }

  async startTransaction(): Promise<Transaction> {
    const endTurn = await this.#turns.take();
    try {
      await whenFree(() => this.#writer.executeRaw(statement("BEGIN IMMEDIATE")));
    } catch (error) {
      endTurn();
      throw error;
    }
    return new WriteTransaction(this.#writer, endTurn);
  }

  async dispose() {
    await this.#reader.dispose();
    await this.#writer.dispose();
  }

  async #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const endTurn = await this.#turns.take();
    try {
      return await whenFree(run);
    } finally {
      endTurn();
    }
  }
}

/** @param file absolute path of the metadata file, already migrated */
export function sqliteConnections(file: string): SqlDriverAdapterFactory {
  const reading = new PrismaBetterSqlite3({ url: file, fileMustExist: true, timeout: 100 });
  const writing = new PrismaBetterSqlite3({ url: file, fileMustExist: true, timeout: 0 });
  return {
    provider: "sqlite",
    adapterName: writing.adapterName,
    async connect() {
      const reader = await reading.connect();
      const writer = await writing.connect();
      await whenFree(() => reader.executeScript("PRAGMA query_only = ON"));
      await whenFree(() =>
        writer.executeScript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"),
      );
      return new SqliteConnections(reader, writer);
    },
  };
}
