import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bookmark } from "../../lib/domain/bookmark.ts";
import type { Restored } from "../../lib/domain/restore.ts";
import { readClusterHistory } from "../../lib/engines/postgres/history/cluster-history.ts";
import { readSwapJournal } from "../../lib/engines/postgres/receiver/swap-journal.ts";
import { ClusterWorld, type HostedCluster, until } from "../world/cluster-world.ts";
import { quietRun } from "../world/sqlite-world.ts";
import { PUT_BACK_POINTS, SWAP_POINTS } from "./points/swap-points.ts";

const PRELOAD = pathToFileURL(path.join(import.meta.dirname, "stages/stand-at-point.ts")).href;

let world: ClusterWorld;
let shop: HostedCluster;
let folder: string;
/** The state that the next restore goes back to. */
let wanted: { bookmark: Bookmark; rows: number[] };
let serial = 0;

beforeAll(async () => {
  world = await ClusterWorld.start("process");
  folder = path.join(world.data, "stages");
  mkdirSync(folder);
  shop = await world.host("shop");
  await world.run(shop.db, "CREATE TABLE orders (id int PRIMARY KEY)");
  await world.run(shop.db, "INSERT INTO orders VALUES (1), (2)");
  wanted = { bookmark: (await world.engine.current(shop.db)).bookmark, rows: [1, 2] };
  await world.run(shop.db, "INSERT INTO orders VALUES (3)");
  await world.killReceiver();
  await start();
}, 120_000);
afterAll(() => world.close());

const start = () => world.startReceiver({ NODE_OPTIONS: `--import ${PRELOAD}`, STAGES_FOLDER: folder });
const rowsNow = async () =>
  (await world.run<{ id: number }>(shop.db, "SELECT id FROM orders ORDER BY id")).map(({ id }) => id);
const lastStretch = () => readClusterHistory(shop.places.history)?.stretches.at(-1);

function arm(point: string): void {
  rmSync(path.join(folder, "taken"), { force: true });
  writeFileSync(path.join(folder, "armed.new"), JSON.stringify({ point, how: "die" }));
  renameSync(path.join(folder, "armed.new"), path.join(folder, "armed"));
}

/** Begins a restore and waits until the receiver has died at a point of it. */
async function dieAt(point: string, restoreId: string): Promise<{ restoring: Promise<Restored>; endAgent(): void }> {
  const child = world.receiverProcess;
  if (!child) throw new Error("no receiver runs");
  arm(point);
  const run = quietRun();
  const restoring = world.engine.restore(shop.db, restoreId, wanted.bookmark, run);
  restoring.catch(() => undefined);
  const isDead = await until(async () => child.signalCode !== null, 60_000);
  expect(isDead, `nobody came to ${point}`).toBe(true);
  return { restoring, endAgent: () => run.cancel(new Error("the agent ends")) };
}

describe("a receiver that dies while it swaps", () => {
  it.each(SWAP_POINTS)("at %s is followed by one that serves what the history says, whole", async (point) => {
    const restoreId = `killed-${++serial}`;
    await world.run(shop.db, `INSERT INTO orders VALUES (${100 + serial})`);
    const [before, expected] = [await rowsNow(), wanted.rows];
    const { restoring } = await dieAt(point, restoreId);
    await start();
    // The agent asks on, and hears of one swap that took place.
    const restored = await restoring;
    expect(await rowsNow()).toEqual(expected);
    expect(lastStretch()).toMatchObject({ restoreId, origin: restored.reached.bookmark, endLsn: null });
    const stretches = readClusterHistory(shop.places.history)?.stretches ?? [];
    expect(stretches.filter((one) => one.restoreId === restoreId)).toHaveLength(1);
    // Nothing that was acknowledged is lost: the next one goes back to all of it.
    wanted = { bookmark: restored.previous.bookmark, rows: before };
  });

  it.each(["swap.begun", "swap.old-aside"])("at %s serves one of both without anybody asking", async (point) => {
    const restoreId = `alone-${++serial}`;
    const before = await rowsNow();
    const { restoring, endAgent } = await dieAt(point, restoreId);
    endAgent();
    await expect(restoring).rejects.toThrow("the agent ends");
    await start();
    await world.until(shop.db, ({ state }) => state === "protected");
    const isNew = lastStretch()?.restoreId === restoreId;
    expect(isNew).toBe(point !== "swap.begun");
    expect(await rowsNow()).toEqual(isNew ? wanted.rows : before);
    const journal = readSwapJournal(shop.places.history, restoreId);
    expect(journal?.phase).toBe(isNew ? "done" : undefined);
    if (journal?.swapped) wanted = { bookmark: journal.swapped.previous.bookmark as Bookmark, rows: before };
  });

  it.each(PUT_BACK_POINTS)("puts the old state back where the new one does not start (dying at %s)", async (point) => {
    const restoreId = `broken-${++serial}`;
    await world.run(shop.db, `INSERT INTO orders VALUES (${100 + serial})`);
    const before = await rowsNow();
    const { restoring } = await dieAt("swap.decided", restoreId);
    const from = readSwapJournal(shop.places.history, restoreId)?.order.from ?? "";
    rmSync(path.join(from, "PG_VERSION"));
    arm(point);
    const child = await start();
    expect(await until(async () => child.signalCode !== null, 60_000), `nobody came to ${point}`).toBe(true);
    await start();
    await expect(restoring).rejects.toMatchObject({ code: "restore_failed", details: { outcome: "nothing" } });
    expect(await rowsNow()).toEqual(before);
    expect(lastStretch()?.restoreId).not.toBe(restoreId);
    await world.run(shop.db, `INSERT INTO orders VALUES (${1000 + serial})`);
    expect(await world.engine.current(shop.db)).toMatchObject({ askedMs: null });
  });

  it("would leave nothing that serves, if it had not written down what it was about to do (control)", async () => {
    const restoreId = `unwritten-${++serial}`;
    await world.run(shop.db, `INSERT INTO orders VALUES (${100 + serial})`);
    const { restoring, endAgent } = await dieAt("swap.old-aside", restoreId);
    endAgent();
    await expect(restoring).rejects.toThrow("the agent ends");
    const journal = path.join(shop.places.history, "swaps", `${restoreId}.json`);
    renameSync(journal, `${journal}.hidden`);
    await start();
    const status = await world.until(shop.db, ({ problem }) => problem !== null);
    expect(status.problem?.cause).toContain("data directory of this cluster is gone");
    expect(existsSync(shop.places.live)).toBe(false);
    await world.killReceiver();
    renameSync(`${journal}.hidden`, journal);
    await start();
    await world.until(shop.db, ({ state }) => state === "protected");
    expect(await rowsNow()).toEqual(wanted.rows);
  });
});
