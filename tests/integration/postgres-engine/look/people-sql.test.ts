import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClusterConnection } from "../../../../lib/domain/cluster-connection.ts";
import type { QueryResult, SqlValue } from "../../../../lib/engines/engine.ts";
import { runStatements, type SqlKind, type SqlLimits } from "../../../../lib/engines/postgres/look/run-statements.ts";
import { type ServerPlace, ServerSession } from "../../../../lib/engines/postgres/look/server-session.ts";
import { SqlRoles } from "../../../../lib/engines/postgres/look/sql-role.ts";
import { tame } from "../../../../lib/engines/postgres/look/tame-copy.ts";
import { type StartedPostgres, startPostgres } from "../../../world/start-postgres.ts";

const LIMITS: SqlLimits = { questionMs: 5_000, rows: 1_000, resultBytes: 1024 * 1024 };
let server: StartedPostgres;
const roles = new SqlRoles();

const placeOf = (user: string, database: string): ServerPlace & ClusterConnection => ({
  host: "127.0.0.1",
  port: server.port,
  user,
  password: server.password,
  database,
  sslMode: "disable",
});

async function ask(
  session: Promise<ServerSession>,
  sql: string,
  {
    kind = "write",
    params = [],
    limits = {},
  }: { kind?: SqlKind; params?: SqlValue[]; limits?: Partial<SqlLimits> } = {},
): Promise<QueryResult[]> {
  const opened = await session;
  try {
    return await runStatements(opened, { sql, params, kind }, { ...LIMITS, ...limits });
  } finally {
    await opened.close();
  }
}

const onHosted = (sql: string, how: Parameters<typeof ask>[2] = {}) =>
  ask(roles.open("db", placeOf("lastgood", "app"), "theirs"), sql, how);
const onCopy = (sql: string, how: Parameters<typeof ask>[2] = {}) =>
  ask(ServerSession.open(placeOf("lastgood_view", "copy"), "theirs"), sql, { kind: "view", ...how });

/** What an attached cluster's own superuser may have left in it, and anybody can call. */
const LEFT_BEHIND = `
  CREATE EXTENSION dblink; CREATE EXTENSION file_fdw; CREATE EXTENSION hstore;
  CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
  CREATE FOREIGN TABLE passwd (line text) SERVER files OPTIONS (program 'id');
  CREATE FUNCTION as_owner(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT pg_read_file($1)';
  CREATE FUNCTION unchecked(text) RETURNS text LANGUAGE internal AS 'pg_read_file_all';
  GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC;
  GRANT SELECT ON pg_authid TO PUBLIC;
  GRANT SELECT (rolpassword) ON pg_authid TO PUBLIC;
  CREATE TABLE secrets (id int PRIMARY KEY, v text); INSERT INTO secrets VALUES (1, 'one'); ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
  CREATE SEQUENCE counter; GRANT ALL ON counter TO PUBLIC; GRANT ALL ON secrets TO PUBLIC;
  GRANT SELECT ON passwd TO PUBLIC;`;

/** Each works for anybody before a copy is prepared, and is refused afterwards. */
const ATTACKS: [what: string, sql: string][] = [
  ["a function with its owner's rights", "SELECT as_owner('/etc/hostname')"],
  ["a function that was made from one of PostgreSQL's own", "SELECT unchecked('PG_VERSION')"],
  ["a file function that somebody gave to everybody", "SELECT pg_read_file('PG_VERSION')"],
  ["the passwords of roles", "SELECT rolname FROM pg_authid"],
  ["the passwords of roles, by their column", "SELECT rolpassword FROM pg_authid"],
  ["a foreign table that runs a program", "SELECT * FROM passwd"],
  ["a setting, by its function", "SELECT set_config('statement_timeout', '0', false)"],
  ["other people's connections", "SELECT pg_terminate_backend(0)"],
];

beforeAll(async () => {
  server = await startPostgres();
  await server.run(`CREATE ROLE app LOGIN PASSWORD 'theirs'`);
  await server.run("CREATE DATABASE app OWNER app");
  await server.run("CREATE DATABASE copy");
  await server.run(LEFT_BEHIND, "copy");
  await server.run(`CREATE ROLE anybody LOGIN BYPASSRLS PASSWORD '${server.password}'`);
}, 60_000);

afterAll(async () => {
  await server?.remove();
});

describe("SQL on a hosted cluster", () => {
  test("runs as one transaction of the role that owns the database, and answers exact values", async () => {
    const [, inserted, read] = await onHosted(
      `CREATE TABLE t (id bigint PRIMARY KEY, n numeric, at timestamptz, raw bytea, tags int[], ok boolean, doc json);
       INSERT INTO t VALUES (9007199254740993, 1.10, '2026-01-02 03:04:05.678901+01', '\\x00ff', '{1,NULL}', true, '{"a": 1.0}'), (1, 'NaN', NULL, NULL, NULL, NULL, NULL);
       SELECT *, current_user, 'a;b' AS s FROM t ORDER BY id DESC; `,
    );
    expect(inserted?.meta).toMatchObject({ changes: 2, changedDb: true });
    expect(read?.results).toEqual([
      {
        id: 9007199254740993n,
        n: "1.10",
        at: "2026-01-02 02:04:05.678901+00",
        raw: Buffer.from([0, 255]),
        tags: "{1,NULL}",
        ok: "true",
        doc: '{"a": 1.0}',
        current_user: "app",
        s: "a;b",
      },
      { id: 1, n: "NaN", at: null, raw: null, tags: null, ok: null, doc: null, current_user: "app", s: "a;b" },
    ]);
    await expect(onHosted("INSERT INTO t (id) VALUES (2); INSERT INTO t (id) VALUES (1)")).rejects.toMatchObject({
      code: "sql_error",
      details: { sqlState: "23505", statement: 2 },
    });
    const [count] = await onHosted("SELECT count(*) AS n FROM t WHERE id = $1", { params: [2n] });
    expect(count?.results).toEqual([{ n: 0 }]);
    expect(count?.meta.changedDb).toBe(false);
  });

  test("has none of a superuser's rights, whatever it puts on or takes off", async () => {
    for (const sql of [
      "COPY (SELECT 1) TO PROGRAM 'id'",
      "SELECT pg_read_file('PG_VERSION')",
      "SELECT lo_export(lo_create(0), '/tmp/lastgood-look-lo')",
      "CREATE EXTENSION dblink",
      "RESET ROLE; SET SESSION AUTHORIZATION lastgood",
      "RESET SESSION AUTHORIZATION; RESET ROLE; ALTER ROLE app SUPERUSER",
      "SET ROLE lastgood",
      "SELECT rolpassword FROM pg_authid",
      "CREATE FUNCTION f(text) RETURNS text LANGUAGE internal AS 'pg_read_file_all'",
    ]) {
      await expect(onHosted(sql), sql).rejects.toMatchObject({ code: expect.stringMatching(/^sql_(denied|error)$/) });
    }
  });

  test("neither begins nor ends transactions of its own", async () => {
    for (const sql of ["COMMIT", "BEGIN; SELECT 1", "SELECT 1; END", "rollback", "PREPARE TRANSACTION 'x'"]) {
      await expect(onHosted(sql), sql).rejects.toMatchObject({ code: "sql_denied" });
    }
    await expect(onHosted("DO $$BEGIN COMMIT; END$$")).rejects.toMatchObject({ code: "sql_error" });
    expect(await onHosted("VACUUM t")).toHaveLength(1);
  });

  test("keeps bodies of functions whole, and sees through quotes and comments", async () => {
    const results = await onHosted(
      `CREATE FUNCTION one() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
       /* a ; /* nested ; */ */ SELECT one() AS v, $tag$ ; $$ ; $tag$ AS d, E'it\\'s;' AS e, ';' AS ";" -- ; end`,
    );
    expect(results.at(-1)?.results).toEqual([{ v: 2, d: " ; $$ ; ", e: "it's;", ";": ";" }]);
  });

  test("of somebody who may only read changes nothing", async () => {
    for (const sql of [
      "INSERT INTO t (id) VALUES (77)",
      "SET TRANSACTION READ WRITE; INSERT INTO t (id) VALUES (77)",
      "SELECT set_config('transaction_read_only', 'off', true); INSERT INTO t (id) VALUES (77)",
      "WITH gone AS (DELETE FROM t RETURNING id) SELECT * FROM gone",
    ]) {
      await expect(onHosted(sql, { kind: "read" }), sql).rejects.toMatchObject({
        code: expect.stringMatching(/forbidden|sql_error/),
      });
    }
    // What keeps them out is not that they could not be run.
    expect((await onHosted("INSERT INTO t (id) VALUES (77); DELETE FROM t WHERE id = 77")).at(-1)?.meta.changes).toBe(
      1,
    );
  });

  test("of somebody who may only read sees all tables, also those that are made later, and acts on nothing", async () => {
    const asReader = (sql: string) =>
      ask(roles.open("db", placeOf("lastgood", "app"), "theirs", "read"), sql, { kind: "read" });
    await onHosted("CREATE TABLE first (a int); INSERT INTO first VALUES (1)");
    expect((await asReader("SELECT a FROM first"))[0]?.results).toEqual([{ a: 1 }]);
    await onHosted(
      `CREATE SCHEMA later; CREATE TABLE later.t (a int); INSERT INTO later.t VALUES (2); ALTER TABLE later.t ENABLE ROW LEVEL SECURITY;
       CREATE VIEW later.v AS SELECT a + 1 AS b FROM later.t; CREATE TABLE own (lo oid); INSERT INTO own VALUES (lo_from_bytea(0, 'x'))`,
    );
    expect((await asReader("SELECT a, b FROM later.t, later.v"))[0]?.results).toEqual([{ a: 2, b: 3 }]);
    await server.run("CREATE TABLE of_superuser AS SELECT 4 AS a", "app");
    expect((await asReader("SELECT a FROM of_superuser"))[0]?.results).toEqual([{ a: 4 }]);
    const application = new pg.Client({ ...placeOf("app", "app"), password: "theirs" });
    application.on("error", () => undefined);
    await application.connect();
    const { rows } = await application.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    const pid = rows[0]?.pid ?? 0;
    try {
      for (const sql of [
        `SELECT pg_terminate_backend(${pid})`,
        `SELECT pg_cancel_backend(${pid})`,
        "SELECT lo_unlink(lo) FROM own",
        "SELECT lo_create(0)",
        "SELECT lo_put(lo, 0, 'gone') FROM own",
        "SELECT pg_notify('jobs', 'run')",
        "SELECT pg_logical_emit_message(false, 'lastgood', 'x')",
        "SET ROLE app",
        "DO $$ BEGIN NOTIFY jobs; END $$",
        "NOTIFY jobs",
        "SELECT rolpassword FROM pg_authid",
      ]) {
        await expect(asReader(sql), sql).rejects.toMatchObject({ code: expect.stringMatching(/^sql_(denied|error)$/) });
      }
      expect((await application.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      // The control: in a transaction that only reads the owner's role does what the reader cannot.
      const asOwner = (sql: string) => onHosted(sql, { kind: "read" });
      expect((await asOwner("SELECT lo_unlink(lo) AS gone FROM own"))[0]?.results).toEqual([{ gone: 1 }]);
      expect((await asOwner(`SELECT pg_terminate_backend(${pid}) AS ended`))[0]?.results).toEqual([{ ended: "true" }]);
    } finally {
      await application.end().catch(() => undefined);
    }
    await server.run("DROP TABLE of_superuser", "app");
  });

  test("is held to its time, its rows and its bytes, also where it takes the server's own limit off", async () => {
    const limits = { questionMs: 300 };
    await expect(onHosted("SELECT pg_sleep(20)", { limits })).rejects.toMatchObject({ code: "query_timeout" });
    await expect(onHosted("SET statement_timeout = 0; SELECT pg_sleep(20)", { limits })).rejects.toMatchObject({
      code: "query_timeout",
    });
    await expect(onHosted("SELECT generate_series(1, 1001)")).rejects.toMatchObject({ code: "payload_too_large" });
    await expect(onHosted("SELECT repeat('x', 20000000)")).rejects.toMatchObject({ code: "payload_too_large" });
    await expect(onHosted("SELECT $1", { params: [] })).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("finds its way in again after a restore has brought another role back", async () => {
    await server.run("ALTER ROLE lastgood_sql PASSWORD 'of another time'");
    expect((await onHosted("SELECT 1 AS one"))[0]?.results).toEqual([{ one: 1 }]);
    await server.run("REVOKE app FROM lastgood_sql; DROP ROLE lastgood_sql");
    expect((await onHosted("SELECT current_user AS who"))[0]?.results).toEqual([{ who: "app" }]);
  });
});

describe("SQL on a copy of the past", () => {
  test("could do all of this before the copy was prepared", async () => {
    for (const [what, sql] of ATTACKS) {
      const session = await ServerSession.open(placeOf("anybody", "copy"), "theirs");
      const rows = await session.rows(sql).catch((error: unknown) => error);
      expect(Array.isArray(rows), `${what}: ${String(rows)}`).toBe(true);
      await session.close();
    }
  });

  test("reads, and does nothing else", async () => {
    const superuser = await ServerSession.open(placeOf("lastgood", "copy"));
    await tame(superuser, "copy");
    await superuser.run(`ALTER ROLE lastgood_view PASSWORD '${server.password}'`);
    await superuser.close();
    const [read] = await onCopy("SELECT *, 'a=>1'::hstore -> 'a' AS h FROM secrets");
    expect(read?.results).toEqual([{ id: 1, v: "one", h: "1" }]);
    for (const [what, sql] of ATTACKS) {
      await expect(onCopy(sql), what).rejects.toMatchObject({ code: expect.stringMatching(/^sql_(denied|error)$/) });
    }
    for (const sql of [
      "SELECT dblink('dbname=postgres', 'SELECT 1')",
      "SELECT lo_create(4711)",
      "DELETE FROM secrets",
      "WITH gone AS (DELETE FROM secrets RETURNING id) SELECT * FROM gone",
      "SELECT nextval('counter')",
      "SELECT * INTO TEMP x FROM secrets",
      "SET statement_timeout = 0",
      "COPY secrets TO '/tmp/lastgood-look-copy'",
      "DO $$BEGIN DELETE FROM secrets; END$$",
      "EXPLAIN ANALYZE DELETE FROM secrets",
      "LISTEN x",
      "SELECT 1; COMMIT; DELETE FROM secrets",
    ]) {
      await expect(onCopy(sql), sql).rejects.toMatchObject({ code: expect.stringMatching(/^sql_(denied|error)$/) });
    }
    expect((await onCopy("SELECT count(*) AS n FROM secrets"))[0]?.results).toEqual([{ n: 1 }]);
    expect((await onCopy("EXPLAIN SELECT 1"))[0]?.results).toHaveLength(1);
    expect((await onCopy("SHOW transaction_read_only"))[0]?.results).toEqual([{ transaction_read_only: "on" }]);
    await expect(
      onCopy("SELECT count(*) FROM generate_series(1, 100000000000)", { limits: { questionMs: 300 } }),
    ).rejects.toMatchObject({
      code: "query_timeout",
    });
  });
});
