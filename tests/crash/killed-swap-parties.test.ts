import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bookmark } from "../../lib/domain/bookmark.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { readClusterHistory } from "../../lib/engines/postgres/history/cluster-history.ts";
import { servingPid } from "../../lib/engines/postgres/receiver/serving-cluster.ts";
import { readSwapJournal } from "../../lib/engines/postgres/receiver/swap-journal.ts";
import { ClusterWorld, type HostedCluster, until } from "../world/cluster-world.ts";
import { quietRun } from "../world/sqlite-world.ts";
import type { Order } from "./points/swap-agent.ts";
import { SWAP_POINTS } from "./points/swap-points.ts";

const PRELOAD = pathToFileURL(path.join(import.meta.dirname, "stages/stand-at-point.ts")).href;
const AGENT = path.join(import.meta.dirname, "points/swap-agent.ts");

/** Where somebody's server runs: the old one before it is stopped, the new one after it was started. */
const SERVED = SWAP_POINTS.filter((point) => /roles|begun|prepared|started|received|committed/.test(point));
/** A sample; all of them where it is asked for. */
const isLong = process.env.LASTGOOD_TEST_SWAP_POINTS === "all";
const OF_SERVERS = isLong ? SERVED : (["swap.begun", "swap.prepared", "swap.started"] as const);
const OF_AGENTS = isLong ? SWAP_POINTS : (["swap.begun", "swap.old-aside"] as const);

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
  await world.killReceiver();
  await start();
}, 120_000);
afterAll(() => world.close());

const start = () => world.startReceiver({ NODE_OPTIONS: `--import ${PRELOAD}`, STAGES_FOLDER: folder });
const at = (name: string) => path.join(folder, name);
const rowsNow = async () =>
  (await world.run<{ id: number }>(shop.db, "SELECT id FROM orders ORDER BY id")).map(({ id }) => id);

/** Has the receiver stand still at a point of a swap that is about to begin. */
function arm(point: string): void {
  for (const name of ["taken", "reached", "go"]) rmSync(at(name), { force: true });
  writeFileSync(at("armed.new"), JSON.stringify({ point, how: "stand" }));
  renameSync(at("armed.new"), at("armed"));
}

async function stands(point: string): Promise<void> {
  expect(await until(async () => existsSync(at("reached")), 60_000), `nobody came to ${point}`).toBe(true);
}

const goOn = () => writeFileSync(at("go"), "");

/** A write that was acknowledged, and all rows with it. */
async function acknowledged(): Promise<number[]> {
  await world.run(shop.db, `INSERT INTO orders VALUES (${100 + ++serial})`);
  const rows = await rowsNow();
  expect(rows).not.toEqual(wanted.rows);
  return rows;
}

/** Either state serves, whole, the history and the journal say which, and it can be written to and gone back from. */
async function judge(restoreId: string, before: number[]): Promise<"old" | "new"> {
  await world.until(
    shop.db,
    ({ state, cluster }) => state === "protected" && cluster?.receiver === "streaming",
    60_000,
  );
  const last = readClusterHistory(shop.places.history)?.stretches.at(-1);
  const isNew = last?.restoreId === restoreId;
  expect(await rowsNow()).toEqual(isNew ? wanted.rows : before);
  const journal = readSwapJournal(shop.places.history, restoreId);
  expect(journal?.phase).toBe(isNew ? "done" : undefined);
  if (journal?.swapped) {
    // Nothing that was acknowledged is lost: the next one goes back to all of it.
    wanted = { bookmark: journal.swapped.previous.bookmark as Bookmark, rows: before };
  }
  return isNew ? "new" : "old";
}

async function killServer(): Promise<void> {
  const pid = servingPid(shop.places.live);
  if (pid === null) throw new Error("no server runs");
  process.kill(pid, "SIGKILL");
  await until(async () => servingPid(shop.places.live) === null);
}

describe("a server that is killed while its cluster is swapped", () => {
  it.each(OF_SERVERS)("at %s serves again as the history says, whole", async (point) => {
    const restoreId = `server-${serial}`;
    const before = await acknowledged();
    arm(point);
    const restoring = world.engine.restore(shop.db, restoreId, wanted.bookmark, quietRun()).then(
      () => "new" as const,
      (error: unknown) => {
        if (error instanceof LastgoodError && error.details.outcome === "nothing") return "old" as const;
        throw error;
      },
    );
    await stands(point);
    await killServer();
    goOn();
    expect(await restoring).toBe(await judge(restoreId, before));
  });
});

describe("an agent that is killed while a cluster is swapped", () => {
  it.each(OF_AGENTS)("at %s finds it done when it asks again, once", async (point) => {
    const restoreId = `agent-${serial}`;
    const before = await acknowledged();
    arm(point);
    const agent = beginAgent({ paths: world.paths, db: shop.db, restoreId, to: wanted.bookmark });
    const ended = once(agent, "exit");
    await stands(point);
    agent.kill("SIGKILL");
    await ended;
    goOn();
    // The receiver goes on with what it was asked for, whoever is there to hear of it.
    const { bookmark } = wanted;
    const restored = await world.engine.restore(shop.db, restoreId, bookmark, quietRun());
    expect(restored.reached.bookmark).toBe(bookmark);
    expect(await judge(restoreId, before)).toBe("new");
    const stretches = readClusterHistory(shop.places.history)?.stretches ?? [];
    expect(stretches.filter((one) => one.restoreId === restoreId)).toHaveLength(1);
  });
});

describe("the judge", () => {
  it("finds that neither state serves where nobody goes on with what was decided (control)", async () => {
    const before = await acknowledged();
    arm("swap.old-aside");
    const run = quietRun();
    const restoring = world.engine.restore(shop.db, "nobody", wanted.bookmark, run);
    restoring.catch(() => undefined);
    await stands("swap.old-aside");
    await world.killReceiver();
    run.cancel(new Error("the agent ends"));
    await expect(restoring).rejects.toThrow("the agent ends");
    const journal = path.join(shop.places.history, "swaps", "nobody.json");
    renameSync(journal, `${journal}.hidden`);
    await start();
    const status = await world.until(shop.db, ({ problem }) => problem !== null);
    expect(status.problem?.cause).toContain("data directory of this cluster is gone");
    await expect(rowsNow()).rejects.toThrow();
    await world.killReceiver();
    renameSync(`${journal}.hidden`, journal);
    await start();
    expect(await judge("nobody", before)).toBe("new");
  });
});

function beginAgent(order: Order): ChildProcess {
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", AGENT], {
    env: { ...process.env, SWAP_AGENT: JSON.stringify(order) },
    stdio: "ignore",
  });
}
