import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ClusterWorld, type HostedCluster } from "../../world/cluster-world.ts";

let world: ClusterWorld;
let cluster: HostedCluster;
beforeAll(async () => {
  world = await ClusterWorld.start();
  cluster = await world.host();
  await world.run(cluster.db, "CREATE TABLE kept (a int)");
});
afterAll(async () => world.close());

const waitsFor = async () =>
  (await world.run<{ names: string }>(cluster.db, "SELECT current_setting('synchronous_standby_names') AS names"))[0]
    ?.names;
const isZeroLoss = (state: string) => world.until(cluster.db, ({ cluster: health }) => health?.zeroLoss === state);

describe("zero-loss", () => {
  it("is off until somebody asks for it", async () => {
    expect((await world.status(cluster.db)).cluster?.zeroLoss).toBe("off");
    expect(await waitsFor()).toBe("");
  });

  it("makes commits wait until they are received, once the receiver keeps up", async () => {
    world.engine.register({ ...cluster.db, zeroLoss: true });
    await isZeroLoss("on");
    expect(await waitsFor()).toMatch(/^"lastgood_/);
    const [row] = await world.run<{ state: string }>(
      cluster.db,
      "INSERT INTO kept VALUES (1) RETURNING (SELECT count(*) FROM pg_stat_replication)::text AS state",
    );
    expect(row?.state).toBe("1");
  });

  it("is lifted and told when a commit waits in vain, as one with synchronous_commit=remote_apply does", async () => {
    // Nothing but the lifting ends this wait.
    await world.run(cluster.db, "SET synchronous_commit = remote_apply; INSERT INTO kept VALUES (2)");
    const status = await world.until(cluster.db, ({ cluster: health }) => health?.zeroLoss === "lifted");
    expect(status.problem?.cause).toContain("Commits do not wait for the receiver although zero-loss is on");
    expect(status.cluster?.liftedSinceMs).toBeGreaterThan(Date.now() - 60_000);
  });

  it("is not begun while a role's commits ask for remote_apply by default", async () => {
    const superuser = await world.connect(cluster.db, "superuser");
    world.engine.register({ ...cluster.db, zeroLoss: false });
    await isZeroLoss("off");
    await superuser.query("ALTER ROLE app SET synchronous_commit = remote_apply");
    world.engine.register({ ...cluster.db, zeroLoss: true });
    const status = await world.until(cluster.db, ({ problem }) => problem?.cause.includes("remote_apply") ?? false);
    expect(status.cluster?.zeroLoss).toBe("lifted");
    expect(await waitsFor()).toBe("");
  });
});
