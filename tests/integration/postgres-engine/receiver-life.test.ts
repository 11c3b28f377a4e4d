import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCapturedThrough } from "../../../lib/engines/postgres/history/captured-through.ts";
import { readClusterHistory } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { readAccess } from "../../../lib/engines/postgres/receiver/access-file.ts";
import { servingPid } from "../../../lib/engines/postgres/receiver/serving-cluster.ts";
import { ClusterWorld, type HostedCluster, until } from "../../world/cluster-world.ts";

let world: ClusterWorld;
let cluster: HostedCluster;
beforeAll(async () => {
  world = await ClusterWorld.start("process");
  cluster = await world.host();
});
afterAll(async () => world.close());

const isStreaming = () => world.until(cluster.db, ({ cluster: health }) => health?.receiver === "streaming");

/** The process of a program with an argument that begins so. */
function pidOfProgram(name: string, argument: string): number {
  const isIt = (pid: string) => {
    const file = `/proc/${pid}/cmdline`;
    const words = existsSync(file) ? readFileSync(file, "utf8").split("\0") : [];
    return words[0]?.endsWith(`/${name}`) === true && words.some((word) => word.startsWith(argument));
  };
  const pid = readdirSync("/proc").find((one) => /^\d+$/.test(one) && isIt(one));
  if (!pid) throw new Error(`${name} does not run`);
  return Number(pid);
}

describe("the receiver's life", () => {
  it("is none of the server's: killed with -9 and started again it takes over the server that runs, and its log", async () => {
    const pid = servingPid(cluster.places.live);
    const application = await world.connect(cluster.db);
    await application.query("CREATE TABLE kept (a int)");
    await world.killReceiver();
    await application.query("INSERT INTO kept VALUES (1)");
    await world.startReceiver();
    await isStreaming();
    expect(servingPid(cluster.places.live)).toBe(pid);
    expect((await application.query("SELECT a FROM kept")).rows).toEqual([{ a: 1 }]);
    expect(readClusterHistory(cluster.places.history)?.gaps).toEqual([]);
  });

  it("ends the server in order when it ends, and starts it under the same address", async () => {
    const before = readAccess(cluster.places.access);
    const child = world.receiverProcess;
    const exited = child && once(child, "exit");
    child?.stdin?.end();
    await exited;
    expect(servingPid(cluster.places.live)).toBeNull();
    await world.startReceiver();
    await isStreaming();
    expect(readAccess(cluster.places.access)).toEqual(before);
    expect(await world.run(cluster.db, "SELECT a FROM kept")).toEqual([{ a: 1 }]);
  });

  it("says nothing of what a receiver that hangs did not receive while the server ended", async () => {
    const hanging = pidOfProgram("pg_receivewal", cluster.places.history);
    process.kill(hanging, "SIGSTOP");
    const child = world.receiverProcess;
    const exited = child && once(child, "exit");
    const superuser = await world.connect(cluster.db, "superuser", "app");
    // What hangs is not waited for once its connection is gone.
    await superuser.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
    const { rows } = await superuser.query<{ ms: string }>(
      "INSERT INTO kept VALUES (2) RETURNING floor(extract(epoch FROM clock_timestamp()) * 1000)::text AS ms",
    );
    child?.stdin?.end();
    expect(await until(async () => servingPid(cluster.places.live) === null)).toBe(true);
    process.kill(hanging, "SIGCONT");
    await exited;
    expect(readCapturedThrough(cluster.places.history)).toBeLessThan(Number(rows[0]?.ms));
    await world.startReceiver();
    await isStreaming();
    await world.run(cluster.db, "DELETE FROM kept WHERE a = 2");
  });

  it("starts a server again that was killed, and goes on with its log", async () => {
    process.kill(servingPid(cluster.places.live) ?? 0, "SIGKILL");
    await world.until(cluster.db, ({ cluster: health }) => health?.receiver !== "streaming");
    await isStreaming();
    expect(await world.run(cluster.db, "SELECT a FROM kept")).toEqual([{ a: 1 }]);
    expect(readClusterHistory(cluster.places.history)?.stretches).toHaveLength(1);
  });

  it("tells of a slot that was lost as of a gap, and protects what follows by a new base backup", async () => {
    const superuser = await world.connect(cluster.db, "superuser");
    const slot = readClusterHistory(cluster.places.history)?.incarnations[0]?.slot;
    // Its receiver comes back at once: whoever drops it has to be quicker.
    const isDropped = async () => {
      await superuser.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
      return superuser.query("SELECT pg_drop_replication_slot($1)", [slot]).then(
        () => true,
        () => false,
      );
    };
    expect(await until(isDropped)).toBe(true);
    await world.until(
      cluster.db,
      ({ state }) => state === "protected" && readClusterHistory(cluster.places.history)?.gaps.length === 1,
    );
    const history = readClusterHistory(cluster.places.history);
    expect(history?.incarnations.map(({ number, parent }) => ({ number, parent }))).toEqual([
      { number: 1, parent: null },
      { number: 2, parent: null },
    ]);
    expect(history?.stretches.map(({ activation, endLsn }) => ({ activation, ended: endLsn !== null }))).toEqual([
      { activation: 1, ended: true },
      { activation: 2, ended: false },
    ]);
    expect(history?.gaps[0]?.reason).toBe("the server's slot has vanished");
  });
});
