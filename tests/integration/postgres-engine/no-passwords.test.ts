import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAccess } from "../../../lib/engines/postgres/receiver/access-file.ts";
import { ClusterWorld, type HostedCluster } from "../../world/cluster-world.ts";
import { allArguments, filesWith } from "../../world/find-secret.ts";

let world: ClusterWorld;
let cluster: HostedCluster;
beforeAll(async () => {
  world = await ClusterWorld.start("process");
  cluster = await world.host();
});
afterAll(async () => world.close());

describe("a password of a cluster", () => {
  it("stands in no argument, no log, no file but the one that only Lastgood reads, and in no error", async () => {
    const access = readAccess(cluster.places.access);
    const given = randomBytes(12).toString("hex");
    await world.setPassword(cluster.db, "app", given);
    const secrets = [access?.password ?? "", cluster.connection.password, given];
    expect(secrets.every((secret) => secret.length > 20)).toBe(true);
    // Base backups, statements that fail and logins that are refused are where one could slip into a log.
    await world.base(cluster.db);
    await expect(world.setPassword(cluster.db, "nobody", given)).rejects.toThrow("has no role nobody");
    await expect(world.connect(cluster.db)).rejects.toThrow("password authentication failed");
    for (const secret of secrets) {
      expect(allArguments()).not.toContain(secret);
      expect(filesWith(cluster.places.root, secret)).toEqual([]);
      const kept = secret === access?.password ? [cluster.places.access] : [];
      expect(filesWith(world.data, secret)).toEqual(kept);
      expect(world.said()).not.toContain(secret);
    }
  });

  it("would be found in an argument, a file and a log", async () => {
    const secret = randomBytes(12).toString("hex");
    const shows = spawn("sh", ["-c", "sleep 60", secret]);
    await once(shows, "spawn");
    expect(allArguments()).toContain(secret);
    shows.kill();
    expect(filesWith(cluster.places.root, "max_slot_wal_keep_size")).toContain(
      path.join(cluster.places.root, "serving.conf"),
    );
    expect(world.said()).toContain("a base backup was taken");
  });
});
