import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readClusterHistory } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { requirePrograms } from "../../../lib/engines/postgres/programs/find-programs.ts";
import { servingPid } from "../../../lib/engines/postgres/receiver/serving-cluster.ts";
import { ClusterWorld, type HostedCluster } from "../../world/cluster-world.ts";

let world: ClusterWorld;
let cluster: HostedCluster;
beforeAll(async () => {
  world = await ClusterWorld.start();
  cluster = await world.host();
});
afterAll(async () => world.close());

describe("a hosted cluster", () => {
  it("is protected from its first commit on, and says how applications connect", async () => {
    const status = await world.status(cluster.db);
    expect(status.state).toBe("protected");
    expect(status.cluster).toMatchObject({
      server: "running",
      receiver: "streaming",
      serverVersion: requirePrograms(process.env.LASTGOOD_POSTGRES ?? null).major,
      zeroLoss: "off",
    });
    const history = readClusterHistory(cluster.places.history);
    expect(history?.stretches).toMatchObject([{ activation: 1, incarnation: 1, timeline: 1, endLsn: null }]);
    expect(servingPid(cluster.places.live)).toBeGreaterThan(0);
    const rows = await world.run<{ who: string; sums: string }>(
      cluster.db,
      "SELECT current_user AS who, current_setting('data_checksums') AS sums",
    );
    expect(rows).toEqual([{ who: "app", sums: "on" }]);
  });

  it("counts what was committed after a state, and tells when the first of it was", async () => {
    const { db } = cluster;
    const last = async () => {
      await world.engine.current(db);
      return (await world.engine.status(db)).last;
    };
    const before = await last();
    if (!before) throw new Error("a protected cluster has a commit");
    const beganMs = Date.now();
    await world.run(db, "CREATE TABLE counted(a int)");
    for (let i = 0; i < 6; i++) await world.run(db, "INSERT INTO counted VALUES (1)");
    const after = await last();
    const followed = await world.engine.follow(db, before.bookmark);
    expect((after?.txid ?? 0) - (followed?.txid ?? 0)).toBe(7);
    expect(followed?.nextMs).toBeGreaterThanOrEqual(beganMs - 5);
    const other = before.bookmark.replace(/(.{16})(.{16})$/, "ffffffffffffffff$2") as typeof before.bookmark;
    expect(await world.engine.follow(db, other)).toBeNull();
  });
});
