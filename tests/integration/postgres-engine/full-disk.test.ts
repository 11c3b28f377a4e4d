import { readdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { incarnationFolders, readClusterHistory } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { ClusterWorld, type HostedCluster } from "../../world/cluster-world.ts";

let world: ClusterWorld;
let cluster: HostedCluster;
beforeAll(async () => {
  world = await ClusterWorld.start();
  cluster = await world.host();
  await world.run(cluster.db, "CREATE TABLE kept (a int)");
});
afterAll(async () => world.close());

const folders = () => incarnationFolders(cluster.places.history, 1);
const insert = (a: number) => world.run(cluster.db, `INSERT INTO kept VALUES (${a})`);
const switchSegment = async () => (await world.connect(cluster.db, "superuser")).query("SELECT pg_switch_wal()");

/** The name after a segment's, of 16 MB each. */
function following(name: string): string {
  const number = BigInt(`0x${name.slice(8, 16)}`) * 256n + BigInt(`0x${name.slice(16)}`) + 1n;
  const hex8 = (value: bigint) => value.toString(16).toUpperCase().padStart(8, "0");
  return name.slice(0, 8) + hex8(number / 256n) + hex8(number % 256n);
}

describe("a full disk below the history", () => {
  it("is named with what to do, the server goes on, and nothing is missing once there is space", async () => {
    // Its file appears with the first byte that is received of it.
    await world.flush(cluster.db);
    const writing = readdirSync(folders().wal).find((name) => name.endsWith(".partial")) ?? "";
    // What is written there finds no space: https://man7.org/linux/man-pages/man4/full.4.html
    const full = path.join(folders().wal, `${following(writing.slice(0, 24))}.partial`);
    symlinkSync("/dev/full", full);
    await insert(1);
    await switchSegment();
    await insert(2);
    const status = await world.until(cluster.db, ({ problem }) => problem !== null);
    expect(status.problem?.cause).toMatch(/^The disk with the history is full/);
    expect(status.problem?.remedy).toContain("Free some space there.");
    await insert(3);
    rmSync(full);
    await world.until(cluster.db, ({ state, problem }) => state === "protected" && problem === null);
    const { bookmark } = await world.engine.current(cluster.db);
    const { results } = await world.engine.view(cluster.db, { bookmark }, { sql: "SELECT a FROM kept ORDER BY a" });
    expect(results.at(-1)?.results.map(({ a }) => a)).toEqual([1, 2, 3]);
    expect(readClusterHistory(cluster.places.history)?.gaps).toEqual([]);
  });
});
