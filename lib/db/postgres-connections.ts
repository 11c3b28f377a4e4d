import { PrismaPg } from "@prisma/adapter-pg";
import {
  isDriverAdapterError,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type Transaction,
} from "@prisma/driver-adapter-utils";
import pg from "pg";
import { UNAVAILABLE } from "./metadata-unavailable.ts";
import { Turns } from "./turns.ts";

/*
 * PostgreSQL as the metadata store, used by several processes on several machines. As on SQLite
 *   - transactions run one after the other, all consoles and agents together: each takes one lock at its start, before
 *     its snapshot, so what it reads is the newest and no other transaction can make it fail at its end;
 *   - only one transaction of this process asks for that lock at a time, so waiting ones keep no connection from reads;
 *   - single statements need no lock and are atomic by themselves.
 * A connection that broke never ends the process: the call it carried fails as unavailable, the next one connects anew.
 */
const CONNECTIONS = 8;
const CONNECT_WITHIN_MS = 5000;
const statement = (sql: string): SqlQuery => ({ sql, args: [], argTypes: [] });

/**
 * The mode conflicts with itself and with no reading or writing of rows. LOCK TABLE comes before the snapshot, which an
 * advisory lock, being a query, would not. A process that hangs within a transaction loses it after a while.
 */
const BEGIN_ALONE = statement(
  `SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
   SET LOCAL lock_timeout = '15s';
   SET LOCAL idle_in_transaction_session_timeout = '8s';
   LOCK TABLE "Setting" IN SHARE UPDATE EXCLUSIVE MODE`,
);

/** Kinds of the driver's errors by which the store, not the question, is at fault. */
const UNREACHABLE_KINDS = new Set([
  "DatabaseNotReachable",
  "ConnectionClosed",
  "SocketTimeout",
  "TlsConnectionError",
  "TooManyConnections",
  "AuthenticationFailed",
  "DatabaseAccessDenied",
  "DatabaseDoesNotExist",
]);
/** The same by SQLSTATE: broken connections, a server that stops or starts, no disk or memory left, a standby, locks that nobody gave. */
const UNREACHABLE_STATES = /^(08...|53...|57P0[1-5]|58...|25006|25P0[34]|55000|55P03|57014)$/;

/** A failure of the store itself. Its code is what Prisma keeps of it. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
  readonly code = UNAVAILABLE;
}

function asUnavailable(error: unknown): unknown {
  if (isDriverAdapterError(error)) {
    const { kind, originalCode = kind, originalMessage = "it cannot be reached" } = error.cause;
    if (!UNREACHABLE_KINDS.has(kind) && !UNREACHABLE_STATES.test(originalCode)) return error;
    return new Unavailable(`${originalMessage} (${originalCode})`);
  }
  // What the driver throws without a code of the server's is about the connection; what is our bug stays what it is.
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return error;
  return new Unavailable("code" in error ? `${error.message} (${error.code})` : error.message);
}

async function reaching<T>(run: Promise<T>): Promise<T> {
  try {
    return await run;
  } catch (error) {
    throw asUnavailable(error);
  }
}

/**
 * The same meaning as on SQLite. PostgreSQL keeps no zero byte in a text: whoever sends one finds nothing by it, rather than
 * our failure. LIKE takes upper and lower case of ASCII as the same, which on columns that compare by bytes is ILIKE.
 */
function asOnSqlite(query: SqlQuery): SqlQuery {
  const sql = query.sql.replaceAll(" LIKE ", " ILIKE ");
  if (!query.args.some((arg) => typeof arg === "string" && arg.includes("\0"))) return { ...query, sql };
  const args = query.args.map((arg) => (typeof arg === "string" ? arg.replaceAll("\0", "\uFFFD") : arg));
  return { ...query, sql, args };
}

class LoneTransaction implements Transaction {
  readonly provider;
  readonly adapterName;
  readonly options;
  readonly #inner: Transaction;
  readonly #endTurn: () => void;

  constructor(inner: Transaction, endTurn: () => void) {
    this.provider = inner.provider;
    this.adapterName = inner.adapterName;
    this.options = inner.options;
    this.#inner = inner;
    this.#endTurn = endTurn;
  }

  queryRaw(query: SqlQuery) {
    return reaching(this.#inner.queryRaw(asOnSqlite(query)));
  }
  executeRaw(query: SqlQuery) {
    return reaching(this.#inner.executeRaw(asOnSqlite(query)));
  }
  /** Prisma has sent COMMIT itself by now; the connection goes back and the turn ends. */
  async commit() {
    await this.#inner.commit().finally(this.#endTurn);
  }
  async rollback() {
    await this.#inner.rollback().finally(this.#endTurn);
  }
  async createSavepoint(name: string) {
    await this.executeRaw(statement(`SAVEPOINT ${name}`));
  }
  async rollbackToSavepoint(name: string) {
    await this.executeRaw(statement(`ROLLBACK TO SAVEPOINT ${name}`));
  }
  async releaseSavepoint(name: string) {
    await this.executeRaw(statement(`RELEASE SAVEPOINT ${name}`));
  }
}

class PostgresConnections implements SqlDriverAdapter {
  readonly provider;
  readonly adapterName;
  readonly #inner: SqlDriverAdapter;
  readonly #turns = new Turns();

  constructor(inner: SqlDriverAdapter) {
    this.provider = inner.provider;
    this.adapterName = inner.adapterName;
    this.#inner = inner;
  }

  queryRaw(query: SqlQuery) {
    return reaching(this.#inner.queryRaw(asOnSqlite(query)));
  }
  executeRaw(query: SqlQuery) {
    return reaching(this.#inner.executeRaw(asOnSqlite(query)));
  }
  executeScript(script: string) {
    return reaching(this.#inner.executeScript(script));
  }
  getConnectionInfo() {
    return this.#inner.getConnectionInfo?.() ?? { supportsRelationJoins: true };
  }

  async startTransaction(): Promise<Transaction> {
    const endTurn = await this.#turns.take();
    let begun: Transaction | null = null;
    try {
      begun = await this.#inner.startTransaction();
      await begun.executeRaw(BEGIN_ALONE);
      return new LoneTransaction(begun, endTurn);
    } catch (error) {
      if (begun) await giveUp(begun);
      endTurn();
      throw asUnavailable(error);
    }
  }

  dispose() {
    return this.#inner.dispose();
  }
}

/** Gives a connection back whose transaction could not begin. */
async function giveUp(begun: Transaction): Promise<void> {
  try {
    await begun.executeRaw(statement("ROLLBACK"));
  } catch {
    // The connection is gone, and the transaction with it; the pool drops connections that cannot be used any more.
  }
  await begun.rollback();
}

/** @param url of a database that is migrated already */
export function postgresConnections(url: string): SqlDriverAdapterFactory {
  return {
    provider: "postgres",
    adapterName: "@prisma/adapter-pg",
    async connect() {
      const pool = new pg.Pool({
        connectionString: url,
        max: CONNECTIONS,
        connectionTimeoutMillis: CONNECT_WITHIN_MS,
        idleTimeoutMillis: 60_000,
        keepAlive: true,
        application_name: "lastgood",
        allowExitOnIdle: true,
        // Prisma names the schema, SQL by hand does not: both mean the same, also for a user with a schema of its own.
        onConnect: async (client) => {
          await client.query("SET search_path TO public");
        },
      });
      return new PostgresConnections(await new PrismaPg(pool, { disposeExternalPool: true }).connect());
    },
  };
}
