import { eq } from "drizzle-orm";
import { blob, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Generated,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { callD1 } from "../../world/call-d1.ts";
import type { StartedLastgood } from "../../world/start-lastgood.ts";

type Raw = { results: { columns: string[]; rows: unknown[][] }; meta: { changes: number; last_row_id: number } };

/** Programs that write their queries with Drizzle or Kysely, over the raw route. */
export function queryBuilderScenarios(lastgood: () => StartedLastgood): void {
  const at = "accounts/acme/d1/database";

  async function raw(database: string, sql: string, params: readonly unknown[]): Promise<Raw> {
    const { status, body } = await callD1<Raw[]>(lastgood(), `${at}/${database}/raw`, { body: { sql, params } });
    const [result] = body.result ?? [];
    if (status !== 200 || !result) throw new Error(body.errors[0]?.message);
    return result;
  }

  beforeAll(async () => {
    for (const name of ["by-drizzle", "by-kysely"]) await callD1(lastgood(), at, { body: { name } });
  });

  test("Drizzle's sqlite-proxy makes, inserts, selects, joins and deletes", async () => {
    const people = sqliteTable("people", { id: integer().primaryKey(), name: text().notNull(), photo: blob() });
    const orders = sqliteTable("orders", { id: integer().primaryKey(), by: integer().notNull(), total: real() });
    const db = drizzle(async (sql, params, method) => {
      const { results } = await raw("by-drizzle", sql, params);
      return { rows: method === "get" ? (results.rows[0] ?? []) : results.rows };
    });
    await db.run("CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT NOT NULL, photo BLOB)");
    await db.run("CREATE TABLE orders(id INTEGER PRIMARY KEY, by INTEGER NOT NULL, total REAL)");
    const made = await db
      .insert(people)
      .values([{ name: "ada" }, { name: "grace" }])
      .returning({ id: people.id });
    expect(made).toEqual([{ id: 1 }, { id: 2 }]);
    await db.insert(orders).values({ by: 2, total: 12.5 });
    // Both tables have a column id: rows as lists keep the two apart.
    const joined = await db.select().from(people).innerJoin(orders, eq(orders.by, people.id));
    expect(joined).toEqual([{ people: { id: 2, name: "grace", photo: null }, orders: { id: 1, by: 2, total: 12.5 } }]);
    await db.delete(people).where(eq(people.name, "ada"));
    expect(await db.select({ name: people.name }).from(people).get()).toEqual({ name: "grace" });
  });

  describe("Kysely", () => {
    type Schema = { people: { id: Generated<number>; name: string } };

    test("makes, inserts, updates and selects", async () => {
      const run = (sql: string, params: readonly unknown[]) => raw("by-kysely", sql, params);
      const db = new Kysely<Schema>({ dialect: overRaw(run) });
      await db.schema
        .createTable("people")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("name", "text", (column) => column.notNull())
        .execute();
      const inserted = await db
        .insertInto("people")
        .values([{ name: "ada" }, { name: "grace" }])
        .executeTakeFirst();
      expect(inserted).toMatchObject({ insertId: 2n, numInsertedOrUpdatedRows: 2n });
      const updated = await db.updateTable("people").set({ name: "lin" }).where("id", "=", 1).executeTakeFirst();
      expect(updated.numUpdatedRows).toBe(1n);
      expect(await db.selectFrom("people").selectAll().orderBy("id").execute()).toEqual([
        { id: 1, name: "lin" },
        { id: 2, name: "grace" },
      ]);
    });
  });
}

/** A dialect whose statements go over the raw route, each as a transaction of its own. */
function overRaw(run: (sql: string, params: readonly unknown[]) => Promise<Raw>): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { results, meta } = await run(sql, parameters);
      const rows = results.rows.map((row) => Object.fromEntries(results.columns.map((name, i) => [name, row[i]])));
      return { rows: rows as R[], insertId: BigInt(meta.last_row_id), numAffectedRows: BigInt(meta.changes) };
    },
    streamQuery() {
      throw new Error("the raw route answers at once");
    },
  };
  const none = async () => {
    throw new Error("each statement is a transaction of its own");
  };
  return {
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createDriver: () => ({
      init: async () => undefined,
      acquireConnection: async () => connection,
      beginTransaction: none,
      commitTransaction: none,
      rollbackTransaction: none,
      releaseConnection: async () => undefined,
      destroy: async () => undefined,
    }),
  };
}
