import { assert } from "../../../domain/assert.ts";
import { checkQuery } from "../../check-query.ts";
import type { QueryAnswer, QueryStatement, ScriptAnswer } from "../../engine.ts";
import { ProcessSlots } from "./process-slots.ts";
import { type Acknowledgement, type LaneLimits, QueryLane } from "./query-lane.ts";

export type QueryPoolOptions = {
  acknowledgement: Acknowledgement;
  temporaryDirectory: string;
  /** Query processes at once. */
  maxProcesses?: number;
  limits?: Partial<LaneLimits>;
};

const LIMITS: LaneLimits = {
  queryMs: 30_000,
  scriptMs: 15 * 60_000,
  commitGraceMs: 5_000,
  idleMs: 60_000,
  busyTimeoutMs: 10_000,
  resultBytes: 64 * 1024 * 1024,
  queueLength: 200,
};

/** The queries of all hosted databases. */
export class QueryPool {
  readonly #surroundings: ConstructorParameters<typeof QueryLane>[1];
  readonly #lanes = new Map<string, QueryLane>();

  constructor({ acknowledgement, temporaryDirectory, maxProcesses = 16, limits = {} }: QueryPoolOptions) {
    const slots = new ProcessSlots(maxProcesses);
    this.#surroundings = { acknowledgement, temporaryDirectory, slots, limits: { ...LIMITS, ...limits } };
  }

  /** Runs all statements of `sql` as one transaction; see `QueryLane.run` for the errors. */
  async run(
    database: { id: string; path: string },
    { sql, params, more = [], readOnly = false, asLists = false, valueLimitBytes }: QueryStatement,
  ): Promise<QueryAnswer> {
    const parts = [{ sql, params }, ...more].map((part) => ({ sql: part.sql, params: part.params ?? null }));
    for (const part of parts) checkQuery(part.sql, part.params?.length ?? 0);
    return this.#lane(database).run({ parts, readOnly, asLists, valueLimitBytes: valueLimitBytes ?? null });
  }

  /** Runs a file of statements as one transaction; other queries wait meanwhile. */
  async runScript(database: { id: string; path: string }, script: string): Promise<ScriptAnswer> {
    const { results, bookmark } = await this.#lane(database).run({ script });
    const [result] = results;
    assert(result, "a file of statements has one result");
    const { statements, writes } = result.results[0] ?? {};
    return { statements: Number(statements), writes: Number(writes), meta: result.meta, bookmark };
  }

  /** Turns one database's callers away until `release`; no process has it open when this returns. */
  hold(database: { id: string; path: string }): Promise<void> {
    return this.#lane(database).hold();
  }

  release(database: { id: string; path: string }): void {
    this.#lane(database).release();
  }

  /** Has something else write a database between two queries; see `QueryLane.aside`. */
  aside<T>(database: { id: string; path: string }, work: () => Promise<T>): Promise<T> {
    return this.#lane(database).aside(work);
  }

  /** Ends the queries of a database that is not served any more. */
  async drop(databaseId: string): Promise<void> {
    const lane = this.#lanes.get(databaseId);
    this.#lanes.delete(databaseId);
    await lane?.hold();
  }

  /** Ends everything; queries under way are cancelled. */
  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.hold()));
  }

  #lane(database: { id: string; path: string }): QueryLane {
    const known = this.#lanes.get(database.id);
    if (known) return known;
    const lane = new QueryLane(database, this.#surroundings);
    this.#lanes.set(database.id, lane);
    return lane;
  }
}
