import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { listBases } from "../../../lib/engines/postgres/bases/base-record.ts";
import { incarnationFolders, readClusterHistory } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { ClusterWorld, until } from "../../world/cluster-world.ts";
import { quietRun } from "../../world/sqlite-world.ts";
import { type StartedPostgres, startPostgres } from "../../world/start-postgres.ts";

let world: ClusterWorld;
let server: StartedPostgres;
let db: ProtectedDatabase;
beforeAll(async () => {
  [world, server] = await Promise.all([ClusterWorld.start("process"), startPostgres()]);
  await server.run("CREATE TABLE rows (a int)");
  db = world.newDatabase("theirs", { origin: "attached", id: randomUUID() });
  const { port, password } = server;
  const reached = {
    host: "127.0.0.1",
    port,
    user: "lastgood",
    password,
    database: "postgres",
    sslMode: "disable" as const,
  };
  await world.engine.protect(db, { kind: "connection", connection: reached }, quietRun());
});
afterAll(async () => {
  await world.close();
  await server.remove();
});

const history = () => readClusterHistory(world.places(db).history);
const insert = (a: number) => server.run(`INSERT INTO rows VALUES (${a})`);

describe("when Lastgood is away for too long", () => {
  it("the server goes on, and what it has removed is told of as a gap, from which on a new base backup protects", async () => {
    await insert(1);
    const before = await world.engine.current(db);
    await world.killReceiver();
    await server.run("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'");
    await server.run("SELECT pg_reload_conf()");
    // What was ours and streams on would otherwise keep up.
    await server.run("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
    for (let a = 2; a < 8; a++) {
      await insert(a);
      await server.run("SELECT pg_switch_wal()");
    }
    await server.run("CHECKPOINT");
    await world.startReceiver();
    await world.until(db, ({ state }) => state === "protected" && history()?.gaps.length === 1);
    expect(history()?.gaps[0]).toMatchObject({ reason: "the server has removed log that was not received" });
    expect(history()?.stretches.map(({ activation, restoreId }) => [activation, restoreId])).toEqual([
      [1, null],
      [2, null],
    ]);
    // Nobody has committed since: what "now" is has all that was written meanwhile.
    const { bookmark } = await world.engine.current(db);
    const { results } = await world.engine.view(db, { bookmark }, { sql: "SELECT max(a) AS a FROM rows" });
    expect(results.at(-1)?.results).toEqual([{ a: 7 }]);
    await insert(8);
    const now = await world.engine.current(db);
    expect(now.bookmark > before.bookmark).toBe(true);
    // What was received before is as restorable as it was.
    expect((await world.engine.resolve(db, { bookmark: before.bookmark })).bookmark).toBe(before.bookmark);
    const gap = history()?.gaps[0];
    const within = ((gap?.fromMs ?? 0) + (gap?.toMs ?? 0)) / 2;
    await expect(world.engine.resolve(db, { timestampMs: within })).rejects.toMatchObject({ code: "moment_in_gap" });
    await server.run("ALTER SYSTEM RESET max_slot_wal_keep_size");
    await server.run("SELECT pg_reload_conf()");
  });
});

describe("when the log was not received for want of room", () => {
  it("and is again, base backups are taken again as well", async () => {
    const { room } = world.engine;
    room.pauseCapture({ cause: "The disk is full.", remedy: "Make room." });
    await world.until(db, ({ cluster }) => cluster?.receiver !== "streaming");
    room.pauseCapture(null);
    await world.until(db, ({ cluster }) => cluster?.receiver === "streaming");
    const { directory } = await world.base(db);
    expect(listBases(path.dirname(directory)).map((base) => base.directory)).toContain(directory);
  });
});

describe("a base backup that is cut off", () => {
  it("counts for nothing and leaves nothing, and the next one is whole", async () => {
    const number = history()?.incarnations.at(-1)?.number ?? 0;
    const { bases } = incarnationFolders(world.places(db).history, number);
    const count = listBases(bases).length;
    await server.run("CREATE TABLE large AS SELECT g, repeat(md5(g::text), 30) AS t FROM generate_series(1, 60000) g");
    const taking = world.base(db).catch((error: unknown) => error);
    await until(async () => readdirSync(bases).some((name) => name.includes("taking")));
    await world.killReceiver();
    expect(await taking).toMatchObject({ code: "agent_unavailable" });
    expect(listBases(bases)).toHaveLength(count);
    await world.startReceiver();
    await world.until(db, ({ cluster }) => cluster?.receiver === "streaming");
    const { directory } = await world.base(db);
    expect(listBases(bases).map((base) => path.basename(base.directory))).toContain(path.basename(directory));
    expect(readdirSync(bases).filter((name) => name.includes("taking"))).toEqual([]);
  });
});
