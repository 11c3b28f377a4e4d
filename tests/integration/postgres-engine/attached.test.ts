import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClusterConnection } from "../../../lib/domain/cluster-connection.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { readClusterRegistry } from "../../../lib/engines/postgres/cluster-registry.ts";
import { ClusterWorld } from "../../world/cluster-world.ts";
import { quietRun } from "../../world/sqlite-world.ts";
import { type StartedPostgres, startPostgres } from "../../world/start-postgres.ts";

const PASSWORD = "only-for-replication-77";
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
    expect(await attach(db)).toEqual({ restoreWay: "transfer", serverVersion: 15 });
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
    ])
      await expect(world.run(target, sql), sql).rejects.toThrow(/permission|must (be|have)/);
    // The control: there all of it is possible.
    await server.run("SET ROLE app; SELECT climb(); COPY (SELECT 1) TO PROGRAM 'cat >/dev/null'");
    await world.engine.release(db.id, quietRun());
  });
});
