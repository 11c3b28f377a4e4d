import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClusterConnection } from "../../../lib/domain/cluster-connection.ts";
import { rulesThatAllow } from "../../../lib/egress-rules.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { readClusterRegistry } from "../../../lib/engines/postgres/cluster-registry.ts";
import { PostgresEngine } from "../../../lib/engines/postgres/postgres-engine.ts";
import { setServerRules } from "../../../lib/engines/postgres/programs/checked-addresses.ts";
import { requirePrograms } from "../../../lib/engines/postgres/programs/find-programs.ts";
import type { AttachedCopies } from "../../../lib/engines/postgres/restore/attached-copies.ts";
import { ClusterWorld } from "../../world/cluster-world.ts";
import { quietRun } from "../../world/sqlite-world.ts";
import { type StartedPostgres, startPostgres } from "../../world/start-postgres.ts";

const PASSWORD = "only-for-replication-77";
const MAJOR = requirePrograms(process.env.LASTGOOD_POSTGRES ?? null).major;

let world: ClusterWorld;
let server: StartedPostgres;
beforeAll(async () => {
  [world, server] = await Promise.all([ClusterWorld.start(), startPostgres()]);
  await server.run(`CREATE ROLE mirror LOGIN PASSWORD '${PASSWORD}'`);
});
afterAll(async () => {
  await world.close();
  await server.remove();
});

const connection = (more: Partial<ClusterConnection> = {}): ClusterConnection => ({
  host: "127.0.0.1",
  port: server.port,
  user: "mirror",
  password: PASSWORD,
  database: "postgres",
  sslMode: "disable",
  ...more,
});
const attach = (db: ProtectedDatabase, to = connection()) =>
  world.engine.protect(db, { kind: "connection", connection: to }, quietRun());
const ofTheirs = () => world.newDatabase("theirs", { origin: "attached", id: randomUUID() });

async function ask<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("a server of somebody else's", () => {
  it("is refused with what is missing, and nothing of the try is left", async () => {
    const db = ofTheirs();
    await expect(attach(db)).rejects.toMatchObject({
      code: "attach_refused",
      message: "The role may not replicate.",
      details: { hint: expect.stringContaining("REPLICATION") },
    });
    expect(existsSync(world.places(db).access)).toBe(false);
    expect(readClusterRegistry(world.paths.clusterRegistry).clusters).toEqual([]);
    expect(await ask("SELECT slot_name FROM pg_replication_slots")).toEqual([]);
  });

  it.each<[string, Partial<ClusterConnection>, RegExp]>([
    ["a wrong password", { password: "not-this-one-91" }, /refuses the role/],
    ["a database that is not there", { database: "nowhere" }, /does not exist/],
    ["an address where nobody listens", { port: 1 }, /cannot be reached/],
  ])("with %s is refused in words without the password", async (_what, more, words) => {
    const error: unknown = await attach(ofTheirs(), connection(more)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "attach_refused", message: expect.stringMatching(words) });
    expect(JSON.stringify(error) + String(error)).not.toContain(more.password ?? PASSWORD);
  });

  it("is protected through a role with LOGIN and REPLICATION alone, and released without a trace", async () => {
    await server.run("ALTER ROLE mirror REPLICATION");
    const db = ofTheirs();
    expect(await attach(db)).toEqual({ restoreWay: "transfer", serverVersion: MAJOR });
    await server.run("CREATE TABLE theirs (a int)");
    const before = await world.engine.current(db);
    await server.run("INSERT INTO theirs VALUES (1)");
    const after = await world.engine.current(db);
    expect(after.txid).toBe(before.txid + 1);
    expect((await world.status(db)).cluster).toMatchObject({ server: "running", receiver: "streaming" });
    await world.engine.release(db.id, quietRun());
    expect(await ask("SELECT slot_name FROM pg_replication_slots")).toEqual([]);
    expect(await ask("SELECT a FROM theirs")).toEqual([{ a: 1 }]);
  });

  it("makes nobody master of Lastgood's machine through a copy of it", async () => {
    await server.run("ALTER ROLE mirror REPLICATION");
    await server.run("CREATE ROLE master SUPERUSER; CREATE ROLE keys CREATEROLE");
    await server.run("CREATE ROLE app LOGIN CREATEROLE; GRANT master, keys, pg_execute_server_program TO app");
    await server.run(`CREATE FUNCTION climb() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
      $$ BEGIN EXECUTE 'ALTER ROLE app SUPERUSER'; END $$`);
    await server.run("GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC");
    await server.run(`CREATE FUNCTION act() RETURNS void LANGUAGE plpgsql AS
      $$ BEGIN COPY (SELECT 1) TO PROGRAM 'cat >/dev/null'; END $$`);
    await server.run(`CREATE FUNCTION act(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
      $$ BEGIN PERFORM public.act(); RETURN $1; END $$`);
    await server.run("CREATE TABLE waiting (a int); CREATE INDEX ON waiting (act(a)); INSERT INTO waiting VALUES (1)");
    await server.run("CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw");
    await server.run("CREATE FOREIGN TABLE programs (line text) SERVER files OPTIONS (program 'id')");
    await server.run(`CREATE EXTENSION citext;
      CREATE FUNCTION forged(oid, text) RETURNS int LANGUAGE internal AS 'be_lo_export'; ALTER EXTENSION citext ADD FUNCTION forged(oid, text)`);
    await server.run("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO app");
    const db = ofTheirs();
    await attach(db);
    const { bookmark: to } = await world.engine.current(db);
    const target = world.newDatabase("copy");
    const { connection: into } = await world.engine.copies.copy(
      { source: db, to, target, restoreId: "copied" },
      quietRun(),
    );
    if (!into) throw new Error("a copy says how it is reached");
    world.remember(target, into);
    for (const sql of [
      "SET ROLE master; ALTER ROLE app SUPERUSER",
      "SET ROLE keys; GRANT pg_execute_server_program TO app",
      "COPY (SELECT 1) TO PROGRAM 'cat'",
      "SELECT climb()",
      "SELECT pg_read_file('PG_VERSION')",
      "GRANT pg_execute_server_program TO app",
      "SELECT line FROM programs",
      "SELECT forged(1, '/tmp/lastgood-forged')",
      "INSERT INTO waiting VALUES (2)",
    ])
      await expect(world.run(target, sql), sql).rejects.toThrow(/permission|must (be|have)|has no handler/);
    expect(await world.run(target, "SELECT 'a'::citext = 'A' AS same")).toEqual([{ same: true }]);
    // What the server comes by with by itself runs what is stored there as the table's owner.
    const passing = await world.connect(target, "superuser", "postgres");
    await expect(passing.query("ANALYZE waiting")).rejects.toThrow(/permission|must (be|have)/);
    // The control: there all of it is possible.
    await server.run("ANALYZE waiting");
    await server.run(
      "SET ROLE app; SELECT line FROM programs; SELECT lo_create(4711); SELECT forged(4711, '/dev/null')",
    );
    await server.run("SET ROLE app; SELECT climb(); COPY (SELECT 1) TO PROGRAM 'cat >/dev/null'");
    await world.engine.release(db.id, quietRun());
  });

  it("runs here only where the operator has listed its address, or allows all; what was kept of it stays", async () => {
    const db = ofTheirs();
    await attach(db);
    const { bookmark: to } = await world.engine.current(db);
    const look = (engine = world.engine) => engine.view(db, { bookmark: to }, { sql: "SELECT 1 AS one" });
    expect((await look()).results[0]?.results).toEqual([{ one: 1 }]);
    setServerRules(rulesThatAllow([]));
    const refused = { code: "not_supported", details: { hint: expect.stringContaining("LASTGOOD_ATTACHED_COPIES") } };
    const engineWith = (attachedCopies: AttachedCopies) =>
      new PostgresEngine({ paths: world.paths, log: world.log, programs: null, attachedCopies });
    const [listed, all] = [engineWith("listed"), engineWith("on")];
    await expect(look(listed)).rejects.toMatchObject(refused);
    await expect(listed.copies.planCopy(db, to, "new_preview")).rejects.toMatchObject(refused);
    await expect(listed.images.read(db, to, quietRun())).rejects.toMatchObject(refused);
    expect((await look(all)).results[0]?.results).toEqual([{ one: 1 }]);
    setServerRules(rulesThatAllow(["127.0.0.1"]));
    await expect(look(engineWith("off"))).rejects.toMatchObject(refused);
    await all.close();
    await world.engine.release(db.id, quietRun());
  });
});
