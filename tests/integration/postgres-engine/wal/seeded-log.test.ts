import { copyFileSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seedLog } from "../../../../lib/engines/postgres/receiver/seed-log.ts";
import { RawCluster, SEGMENT_BYTES } from "../../../world/raw-cluster.ts";

let cluster: RawCluster;
let folder: string;
let names: string[];
beforeAll(async () => {
  cluster = await RawCluster.start(["wal_keep_size=1GB"]);
  folder = mkdtempSync(path.join(tmpdir(), "seeded-"));
  await cluster.sql("CREATE TABLE t (words text)");
  for (let i = 0; i < 3; i++) {
    await cluster.sql(`INSERT INTO t SELECT repeat(md5(i::text), 20) FROM generate_series(1, 800) i`);
    await cluster.sql("SELECT pg_switch_wal()");
  }
  await cluster.received();
  names = readdirSync(cluster.wal)
    .filter((name) => /^[0-9A-F]{24}$/.test(name))
    .sort();
});
afterAll(async () => {
  await cluster?.remove();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** A stopped data directory with the log of the cluster, whose last whole segment is the one that it goes on in. */
function stateWith(name: string, damageAt: number | null): { directory: string; wal: string } {
  const directory = path.join(folder, name);
  mkdirSync(path.join(directory, "pg_wal"), { recursive: true });
  for (const one of names) copyFileSync(path.join(cluster.wal, one), path.join(directory, "pg_wal", one));
  if (damageAt !== null) {
    const file = openSync(path.join(directory, "pg_wal", names.at(-3) ?? ""), "r+");
    writeSync(file, Buffer.from("damage"), 0, 6, damageAt);
  }
  return { directory, wal: path.join(directory, "received") };
}

const lsnOf = (name: string) => `0/${(Number.parseInt(name.slice(16), 16) * SEGMENT_BYTES).toString(16).toUpperCase()}`;
const seed = ({ directory, wal }: ReturnType<typeof stateWith>) =>
  seedLog(directory, wal, {
    timeline: 1,
    segmentBytes: SEGMENT_BYTES,
    forkLsn: lsnOf(names.at(-3) ?? ""),
    startLsn: lsnOf(names.at(-1) ?? ""),
  });

test("the log that a new incarnation begins with is taken over when every record of it is what was written", () => {
  const state = stateWith("whole", null);
  seed(state);
  expect(readdirSync(state.wal).sort()).toEqual(names.slice(-3, -1));
});

test("and refused, with nothing changed, where one is not", () => {
  expect(() => seed(stateWith("damaged", 100_000))).toThrow(/own log is damaged/);
});
