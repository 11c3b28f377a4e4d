import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KeptBase } from "../../../lib/engines/postgres/bases/base-record.ts";
import { askRestored, RawCluster, type RawCommit } from "../../world/raw-cluster.ts";

let cluster: RawCluster;
let base: KeptBase;
const commits: RawCommit[] = [];

beforeAll(async () => {
  cluster = await RawCluster.start();
  await cluster.commit("CREATE TABLE rows (id int PRIMARY KEY)");
  base = await cluster.base();
  for (let id = 1; id <= 5; id++) commits.push(await cluster.commit(`INSERT INTO rows VALUES (${id})`));
});
afterAll(() => cluster.remove());

const rowsOf = async (server: Parameters<typeof askRestored>[0]) =>
  (await askRestored<{ id: number }>(server, "SELECT id FROM rows ORDER BY id")).map(({ id }) => id);

describe("a recovery", () => {
  it.each([0, 4])("brings back exactly what was committed up to commit %i", async (index) => {
    const commit = commits[index];
    if (!commit) throw new Error("no such commit");
    const server = await cluster.recover(cluster.planOf(base, commit));
    try {
      expect(await rowsOf(server)).toEqual([1, 2, 3, 4, 5].slice(0, index + 1));
    } finally {
      await server.discard();
    }
    expect(existsSync(server.directory)).toBe(false);
  });

  it("of a base's own state has exactly that", async () => {
    const server = await cluster.recover(cluster.planOf(base, "immediate"));
    try {
      expect(await rowsOf(server)).toEqual([]);
    } finally {
      await server.discard();
    }
  });

  it("that is to last is stopped cleanly with its log from the fork on, and nothing of its recovery", async () => {
    const [, , third] = commits;
    if (!third) throw new Error("no such commit");
    const server = await cluster.recover(cluster.planOf(base, third), { purpose: "lasting", slot: "next" });
    try {
      await server.stop();
      expect(server.timeline).toBe(2);
      expect(readdirSync(path.join(server.directory, "pg_replslot"))).toEqual(["next"]);
      expect(existsSync(path.join(server.directory, "recovery.signal"))).toBe(false);
    } finally {
      await server.discard();
    }
  });
});
