import { assert } from "../../../domain/assert.ts";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Moment } from "../../../domain/moment.ts";
import { checkQuery } from "../../check-query.ts";
import type { ProtectedDatabase, QueryAnswer, QueryResult, QueryStatement } from "../../engine.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { Recoveries } from "../recovery/recoveries.ts";
import { accessOf, preferredDatabase } from "./cluster-access.ts";
import { explainSqlError } from "./look-errors.ts";
import { runStatements, type SqlKind, type SqlLimits } from "./run-statements.ts";
import { explainServerError, ServerSession, type Text, withSession } from "./server-session.ts";
import type { SqlRoles } from "./sql-role.ts";
import { openCopy } from "./tame-copy.ts";
import { Turns } from "./turns.ts";

const VIEW_LIMITS: SqlLimits = { questionMs: 10_000, rows: 100_000, resultBytes: 32 * 1024 * 1024 };
const QUERY_LIMITS: SqlLimits = { questionMs: 30_000, rows: 500_000, resultBytes: 64 * 1024 * 1024 };
/** Questions about one database at once; the others wait. */
const AT_ONCE = 4;
const QUEUE_LENGTH = 50;

/** SQL on a hosted cluster as it is now, and read-only SQL on any moment of a cluster. */
export class ClusterViews {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;
  readonly #roles: SqlRoles;
  readonly #queries = new Map<string, Turns>();
  readonly #views = new Map<string, Turns>();
  readonly #closing = new AbortController();

  constructor(context: PostgresContext, recoveries: Recoveries, roles: SqlRoles) {
    this.#context = context;
    this.#recoveries = recoveries;
    this.#roles = roles;
  }

  /** As `Engine.query`. */
  async query(db: ProtectedDatabase, { sql, params, readOnly, more }: QueryStatement): Promise<QueryAnswer> {
    if (db.origin !== "hosted") throw notHosted(db);
    assert(!more?.length, "a cluster is asked one part at a time");
    checkQuery(sql, params?.length ?? 0);
    const access = accessOf(this.#context, db);
    const results = await turnsOf(this.#queries, db.id).take(async () => {
      const session = await this.#roles
        .open(db.id, access, "theirs", readOnly ? "read" : "write")
        .catch((error: unknown) => {
          throw explainServerError(error);
        });
      const pid = await session.value("SELECT pg_catalog.pg_backend_pid()");
      try {
        return await this.#run(session, { sql, params: params ?? [], kind: readOnly ? "read" : "write" }, QUERY_LIMITS);
      } catch (error) {
        // Cut off, it may go on where it does not talk to us.
        if (session.isLost) await this.#end(access, pid);
        throw error;
      }
    });
    const { bookmark } = await this.#recoveries.moments.current(db).catch((error: unknown) => {
      throw results.some(({ meta }) => meta.changedDb) ? notCaptured(error) : error;
    });
    return { results, bookmark };
  }

  /** As `Engine.view`. */
  async view(
    db: ProtectedDatabase,
    at: Moment,
    { sql, params }: QueryStatement,
    signal?: AbortSignal,
  ): Promise<QueryAnswer> {
    checkQuery(sql, params?.length ?? 0);
    const { bookmark } = await this.#recoveries.moments.resolve(db, at);
    const either = AbortSignal.any([this.#closing.signal, ...(signal ? [signal] : [])]);
    const results = await turnsOf(this.#views, db.id).take(async () => {
      const { server, done } = await this.#recoveries.warm(db, bookmark, { signal: either, progress: () => undefined });
      try {
        const copy = await openCopy(server, preferredDatabase(this.#context, db));
        const session = await ServerSession.open(copy.view, "theirs");
        return await this.#run(session, { sql, params: params ?? [], kind: "view" }, VIEW_LIMITS, either);
      } catch (error) {
        throw explainServerError(error);
      } finally {
        done();
      }
    }, either);
    return { results, bookmark };
  }

  async close(): Promise<void> {
    this.#closing.abort(
      new LastgoodError("query_cancelled", "The query was cancelled because Lastgood ends.", {
        hint: "Run it again in a moment.",
        retryAfterSeconds: 5,
      }),
    );
  }

  async #end(access: ClusterConnection, pid: Text): Promise<void> {
    await withSession(access, (superuser) =>
      superuser.run(`SELECT pg_catalog.pg_terminate_backend(${Number(pid)})`),
    ).catch((error: unknown) =>
      this.#context.log.warn({ err: error }, "a query that was cut off may still be running"),
    );
  }

  async #run(
    session: ServerSession,
    question: Parameters<typeof runStatements>[1] & { kind: SqlKind },
    limits: SqlLimits,
    signal?: AbortSignal,
  ): Promise<QueryResult[]> {
    const cut = () => session.cut();
    signal?.addEventListener("abort", cut, { once: true });
    try {
      signal?.throwIfAborted();
      return await runStatements(session, question, limits);
    } catch (error) {
      signal?.throwIfAborted();
      throw explainSqlError(error, question.kind, limits.questionMs);
    } finally {
      signal?.removeEventListener("abort", cut);
      await session.close();
    }
  }
}

function turnsOf(all: Map<string, Turns>, databaseId: string): Turns {
  for (const [id, turns] of all) if (turns.isIdle && id !== databaseId) all.delete(id);
  const turns = all.get(databaseId) ?? new Turns(AT_ONCE, QUEUE_LENGTH, "this database");
  all.set(databaseId, turns);
  return turns;
}

function notHosted(db: ProtectedDatabase): LastgoodError {
  return new LastgoodError("conflict", `${db.name} is attached; Lastgood does not run its queries.`, {
    hint: "Connect to the server with psql or another program.",
  });
}

function notCaptured(error: unknown): LastgoodError {
  return new LastgoodError(
    "committed_not_protected",
    "The query was committed, and its commit is not in the history yet.",
    { hint: "Do not repeat it. Look at the protection of the database." },
    { cause: error },
  );
}
