import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirePrograms } from "../../../lib/engines/postgres/programs/find-programs.ts";
import { readAccess } from "../../../lib/engines/postgres/receiver/access-file.ts";
import { ClusterWorld, type HostedCluster } from "../../world/cluster-world.ts";
import { quietRun } from "../../world/sqlite-world.ts";

const { folder: WHOLE, major: MAJOR } = requirePrograms(process.env.LASTGOOD_POSTGRES ?? null);
/** What the npm packages hold. */
const SERVER = ["initdb", "pg_ctl", "postgres"];

// Where the cluster's user can get to.
const programs = mkdtempSync("/tmp/lg-programs-");
const others = readdirSync(WHOLE).filter((name) => !SERVER.includes(name));
const link = (names: readonly string[]) => {
  for (const name of names) symlinkSync(path.join(WHOLE, name), path.join(programs, name));
};

let world: ClusterWorld;
let cluster: HostedCluster;
beforeAll(async () => {
  chmodSync(programs, 0o755);
  link(SERVER);
  world = await ClusterWorld.start("inside", programs);
  cluster = await world.host("limited", { zeroLoss: true });
});
afterAll(async () => {
  await world.close();
  rmSync(programs, { recursive: true });
});

const KEPT_NOT = `Nothing of this cluster is kept: this machine has the server of PostgreSQL ${MAJOR}, and not the client programs`;
const saysSo = { code: "not_protected", message: expect.stringContaining(KEPT_NOT) };

describe("a machine with the server's programs alone", () => {
  it("hosts a cluster that serves, and says of it that nothing is kept", async () => {
    expect(await world.run(cluster.db, "CREATE TABLE t (a int); INSERT INTO t VALUES (1); SELECT a FROM t")).toEqual([
      { a: 1 },
    ]);
    const status = await world.status(cluster.db);
    expect(status).toMatchObject({ state: "stopped", last: null, capturedThroughMs: null, spare: false });
    expect(status.problem?.cause).toContain(KEPT_NOT);
    expect(status.problem?.remedy).toContain(`client packages of PostgreSQL ${MAJOR}`);
    expect(status.cluster).toMatchObject({
      ...{ mode: "limited", server: "running", receiver: "down", lastBase: null, zeroLoss: "lifted" },
      slot: { walStatus: null },
    });
  });

  it("leaves nothing there that would keep log for nobody", async () => {
    const session = await world.connect(cluster.db, "superuser");
    expect((await session.query("SELECT slot_name FROM pg_replication_slots")).rows).toEqual([]);
  });

  it("answers for its window, its moments and whatever is made of them why there is nothing", async () => {
    const { engine } = world;
    const { db } = cluster;
    for (const ask of [
      () => engine.window(db),
      () => engine.current(db),
      () => engine.resolve(db, { timestampMs: Date.now() - 1000 }),
      () => engine.commits(db, { timeMs: Date.now(), before: 1, after: 1 }),
    ]) {
      await expect(ask()).rejects.toMatchObject(saysSo);
    }
  });

  it("does not attach a server either", async () => {
    const connection = readAccess(cluster.places.access);
    if (!connection) throw new Error("nobody knows how the cluster is reached");
    const theirs = world.newDatabase("theirs", { id: randomUUID(), origin: "attached" });
    await expect(world.engine.protect(theirs, { kind: "connection", connection }, quietRun())).rejects.toMatchObject({
      code: "attach_refused",
      message: expect.stringContaining("Nothing of that server is kept"),
    });
  });

  it("protects the cluster from the moment on at which the others are there (control of all above)", async () => {
    link(others);
    const status = await world.until(cluster.db, ({ state, problem }) => state === "protected" && problem === null);
    expect(status.cluster).toMatchObject({ mode: "full", receiver: "streaming", zeroLoss: "on" });
    await world.run(cluster.db, "INSERT INTO t VALUES (2)");
    const { bookmark } = await world.engine.current(cluster.db);
    const { results } = await world.engine.view(cluster.db, { bookmark }, { sql: "SELECT sum(a) AS a FROM t" });
    expect(results.at(-1)?.results).toEqual([{ a: 3 }]);
    expect((await world.engine.window(cluster.db)).oldest).not.toBeNull();
  });

  it("says so again when they are taken away: commits wait for nobody, and what was kept stays", async () => {
    const before = await world.engine.current(cluster.db);
    for (const name of others) rmSync(path.join(programs, name));
    const status = await world.until(cluster.db, (now) => now.cluster?.mode === "limited");
    expect(status.state).toBe("stopped");
    await world.run(cluster.db, "INSERT INTO t VALUES (3)");
    expect((await world.engine.window(cluster.db)).newest?.bookmark).toBe(before.bookmark);
    const { results } = await world.engine.view(cluster.db, before, { sql: "SELECT sum(a) AS a FROM t" });
    expect(results.at(-1)?.results).toEqual([{ a: 3 }]);
  });
});
