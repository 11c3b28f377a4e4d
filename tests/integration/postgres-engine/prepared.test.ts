import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirePrograms } from "../../../lib/engines/postgres/programs/find-programs.ts";
import { startProgram } from "../../../lib/engines/postgres/programs/run-program.ts";
import { servingPid } from "../../../lib/engines/postgres/receiver/serving-cluster.ts";
import { writeForCluster } from "../../../lib/engines/postgres/receiver/serving-configuration.ts";
import { ClusterWorld, type HostedCluster, until } from "../../world/cluster-world.ts";
import { quietRun } from "../../world/sqlite-world.ts";

/** More of each than a cluster of ours, or a copy, has room for by itself. */
const MORE = `max_prepared_transactions = 420
max_connections = 120
max_worker_processes = 20
max_wal_senders = 15
max_locks_per_transaction = 96
`;

let world: ClusterWorld;
let cluster: HostedCluster;
beforeAll(async () => {
  world = await ClusterWorld.start();
  cluster = await world.host();
});
afterAll(async () => world.close());

const custom = () => path.join(cluster.places.root, "custom.conf");
const open = async () =>
  (await world.run<{ gid: string }>(cluster.db, "SELECT gid FROM pg_prepared_xacts ORDER BY gid")).map(
    ({ gid }) => gid,
  );

/** Stops the server as somebody beside Lastgood would; the receiver starts it again, with the settings that are there by then. */
async function restart(): Promise<void> {
  const pid = servingPid(cluster.places.live);
  if (pid !== null) process.kill(pid, "SIGINT");
  const serves = () =>
    world.run(cluster.db, "SELECT 1").then(
      () => ![null, pid].includes(servingPid(cluster.places.live)),
      () => false,
    );
  expect(await until(serves)).toBe(true);
  await world.until(cluster.db, ({ state, cluster: health }) => state === "protected" && health?.server === "running");
}

describe("a cluster with transactions that were prepared", () => {
  it("comes back with them in place and as a copy, whatever room its settings have for them by now", async () => {
    writeForCluster(custom(), MORE);
    await restart();
    await world.run(cluster.db, "CREATE TABLE t (a int)");
    await world.base(cluster.db);
    for (const name of ["one", "two"])
      await world.run(cluster.db, `BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION '${name}'`);
    await world.run(cluster.db, "INSERT INTO t VALUES (2)");
    const { bookmark } = await world.engine.current(cluster.db);
    for (const name of ["one", "two"]) await world.run(cluster.db, `COMMIT PREPARED '${name}'`);
    // Whoever runs it has less room for them by now than there were then.
    writeForCluster(custom(), "max_prepared_transactions = 1\n");
    await restart();
    await world.engine.restore(cluster.db, randomUUID(), bookmark, quietRun());
    expect(await open()).toEqual(["one", "two"]);
    const target = world.newDatabase("copy");
    const request = { source: cluster.db, to: bookmark, target, restoreId: randomUUID() };
    const { connection } = await world.engine.copies.copy(request, quietRun());
    if (!connection) throw new Error("a copy that nobody can connect to");
    world.remember(target, connection);
    expect(await world.run(target, "SELECT count(*)::int AS n FROM pg_prepared_xacts")).toEqual([{ n: 2 }]);
    await world.run(cluster.db, "COMMIT PREPARED 'one'");
    expect(await world.run(cluster.db, "SELECT count(*)::int AS n FROM t")).toEqual([{ n: 2 }]);
  });

  it("does not start where there is less room than it needs (control)", async () => {
    expect(await open()).toEqual(["two"]);
    await world.receiver?.stop();
    world.receiver = null;
    expect(servingPid(cluster.places.live)).toBeNull();
    expect(readdirSync(path.join(cluster.places.live, "pg_twophase"))).toHaveLength(1);
    const said: string[] = [];
    const child = startProgram(
      {
        programs: requirePrograms(process.env.LASTGOOD_POSTGRES ?? null),
        name: "postgres",
        args: ["-D", cluster.places.live, "-c", `config_file=${cluster.places.root}/serving.conf`].concat([
          "-c",
          "listen_addresses=",
          "-c",
          `unix_socket_directories=${cluster.places.root}`,
          "-c",
          "max_prepared_transactions=0",
        ]),
        asClusterUser: true,
      },
      ["ignore", "ignore", "pipe"],
    );
    child.stderr?.on("data", (piece: Buffer) => said.push(piece.toString("utf8")));
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(code).not.toBe(0);
    expect(said.join("")).toMatch(/prepared transactions|max_prepared_transactions/);
  });
});
