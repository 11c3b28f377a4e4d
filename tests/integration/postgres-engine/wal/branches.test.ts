import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Bookmark } from "../../../../lib/domain/bookmark.ts";
import {
  type ClusterHistory,
  incarnationFolders,
  readClusterHistory,
} from "../../../../lib/engines/postgres/history/cluster-history.ts";
import { ClusterMoments } from "../../../../lib/engines/postgres/moments/cluster-moments.ts";
import { ReceiverClient } from "../../../../lib/engines/postgres/receiver/receiver-client.ts";
import { ClusterWorld, type HostedCluster } from "../../../world/cluster-world.ts";
import { quietRun } from "../../../world/sqlite-world.ts";

let world: ClusterWorld;
let hosted: HostedCluster;
let receiver: ReceiverClient;
const target = mkdtempSync(path.join(tmpdir(), "fetched-"));
type Known = { branch: string; rows: number; bookmark: Bookmark; timeMs: number; txid: number };
/** How many rows there were after each commit, over a restore to the second one and the undo of that. */
const known: Known[] = [];

beforeAll(async () => {
  world = await ClusterWorld.start();
  receiver = new ReceiverClient(world.paths);
  hosted = await world.host();
  const { db } = hosted;
  await world.run(db, "CREATE TABLE t (id int PRIMARY KEY)");
  let rows = 0;
  const write = async (branch: string, count: number) => {
    for (let i = 0; i < count; i++) {
      rows += 1;
      await world.run(db, "INSERT INTO t VALUES ($1)", [rows]);
      known.push({ branch, rows, ...(await world.engine.current(db)) });
    }
  };
  await write("first", 4);
  const back = await world.engine.restore(db, randomUUID(), known[1]?.bookmark as Bookmark, quietRun());
  rows = 2;
  await write("second", 3);
  await world.engine.restore(db, randomUUID(), back.previous.bookmark, quietRun());
  rows = 4;
  await write("third", 2);
}, 120_000);
afterAll(async () => {
  receiver?.close();
  await world?.close();
  rmSync(target, { recursive: true, force: true });
});

test("over a restore and its undo numbers and bookmarks only rise, and each moment is the state it was", async () => {
  const { db } = hosted;
  const numbers = known.map(({ txid }) => txid);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  const bookmarks = known.map(({ bookmark }) => bookmark);
  expect(bookmarks).toEqual([...bookmarks].sort());
  for (const { branch, rows, bookmark, timeMs, txid } of known) {
    expect(await world.engine.resolve(db, { bookmark })).toMatchObject({ bookmark, txid, timeMs });
    // Restoring takes a second or two: the newest of each branch.
    if (known.some((one) => one.branch === branch && one.txid > txid)) continue;
    const { results } = await world.engine.view(db, { timestampMs: timeMs }, { sql: "SELECT count(*) AS n FROM t" });
    expect(Number(results[0]?.results[0]?.n)).toBe(rows);
  }
  const window = await world.engine.window(db);
  expect(window.spans).toHaveLength(1);
  expect(window.gaps).toEqual([]);
});

test("a branch is served its own files: no foreign timeline, and of a parent nothing that holds the fork", async () => {
  const { db } = hosted;
  const moments = freshMoments();
  const [first, second] = ["first", "second"].map((branch) => known.findLast((one) => one.branch === branch));
  const ofFirst = await moments.recovery(db, first?.bookmark as Bookmark);
  const ofSecond = await moments.recovery(db, second?.bookmark as Bookmark);
  const file = path.join(target, "file");
  expect(ofFirst.timeline).toBe(1);
  expect(ofSecond.timeline).toBe(2);
  expect(await moments.wal(db, ofFirst).fetch("00000002.history", file)).toBe(false);
  expect(await moments.wal(db, ofSecond).fetch("00000002.history", file)).toBe(true);
  expect(await moments.wal(db, ofSecond).fetch("00000003.history", file)).toBe(false);
  const { wal } = incarnationFolders(hosted.places.history, 1);
  const fork =
    readdirSync(wal)
      .filter((name) => name.startsWith("00000001"))
      .sort()
      .at(-1)
      ?.slice(0, 24) ?? "";
  expect(await moments.wal(db, ofFirst).fetch(fork, file)).toBe(true);
  expect(await moments.wal(db, ofSecond).fetch(fork, file)).toBe(false);
  expect(await moments.wal(db, ofSecond).fetch(fork.replace(/^00000001/, "00000002"), file)).toBe(true);
});

test("the receiver prunes what a shorter window does not need, unless it was looked at lately; newest states stay what they are", async () => {
  const { db } = hosted;
  await world.base(db);
  await world.run(db, "INSERT INTO t VALUES (100)");
  const now = await world.engine.current(db);
  expect(world.engine.isPruningDue(db, now.timeMs)).toBe(false);
  const moments = freshMoments();
  expect(moments.isPruningDue(db, known[0]?.timeMs ?? 0)).toBe(false);
  expect(moments.isPruningDue(db, now.timeMs)).toBe(true);
  // States that take hours to make keep what they are made from, for as long as it takes and no longer.
  const releases: (() => void)[] = [];
  for (const { bookmark } of known) releases.push(moments.hold(db, await moments.recovery(db, bookmark)));
  const clock = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 5 * 60 * 60_000);
  expect(moments.isPruningDue(db, now.timeMs)).toBe(false);
  for (const release of releases) release();
  expect(moments.isPruningDue(db, now.timeMs)).toBe(true);
  clock.mockRestore();
  const { removedBytes } = await freshMoments().prune(db, now.timeMs, quietRun());
  expect(removedBytes).toBeGreaterThan(0);
  expect(await world.engine.current(db)).toEqual(now);
  expect(await world.engine.resolve(db, { bookmark: now.bookmark })).toMatchObject({ txid: now.txid });
  await world.run(db, "INSERT INTO t VALUES (101)");
  expect((await world.engine.current(db)).txid).toBe(now.txid + 1);
  const { results } = await world.engine.view(db, { bookmark: now.bookmark }, { sql: "SELECT count(*) AS n FROM t" });
  expect(Number(results[0]?.results[0]?.n)).toBe(7);
});

/** As an agent has them that was just started. */
function freshMoments(): ClusterMoments {
  return new ClusterMoments({
    paths: world.paths,
    log: world.log,
    receiver,
    programsFolder: null,
    attachedCopies: "listed",
    places: () => hosted.places,
    historyOf: () => readClusterHistory(hosted.places.history) as ClusterHistory,
    programsOf: () => ({ major: 15, folder: "", mode: "full" }),
  });
}
