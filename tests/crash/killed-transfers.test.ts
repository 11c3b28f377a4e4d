import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bookmark } from "../../lib/domain/bookmark.ts";
import type { RuleBreak } from "../integration/sqlite/rules/rule-breaks.ts";
import { AttachedWorld } from "../world/attached-world.ts";
import { until } from "../world/cluster-world.ts";
import { quietRun } from "../world/sqlite-world.ts";
import { runAndDie } from "./points/run-and-die.ts";
import { TRANSFER_POINTS } from "./points/transfer-points.ts";

const FEW = ["transaction.attempt-written", "transaction.committed"];
const points = process.env.LASTGOOD_TEST_KILLS === "all" ? TRANSFER_POINTS : FEW;

let attached: AttachedWorld;
let wanted: { bookmark: Bookmark; rows: object[] };
let serial = 100;
beforeAll(async () => {
  attached = await AttachedWorld.start();
  await attached.run("CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1), (2)");
  await attached.attach();
  await attached.run("INSERT INTO orders VALUES (3)");
  wanted = { bookmark: (await attached.world.engine.current(attached.db)).bookmark, rows: await rows() };
}, 120_000);
afterAll(() => attached.close());

const rows = () => attached.run<{ id: number }>("SELECT id FROM orders ORDER BY id");

/** Has a process of its own restore, and die at a point; answers once its connection has ended. */
async function dieAt(point: string, restoreId: string, breaks: readonly RuleBreak[] = []): Promise<void> {
  const { data, paths } = attached.world;
  const input = { data, clusters: paths.clusters, db: attached.db, restoreId, to: wanted.bookmark };
  const { died } = await runAndDie("transfer-once.ts", input, [{ point, nth: 1 }], breaks);
  expect(died, `nobody came to ${point}`).toBe(1);
  const open = "SELECT 1 FROM pg_stat_activity WHERE usename = 'mirror' AND state LIKE 'idle in%'";
  expect(await until(async () => (await attached.run(open)).length === 0)).toBe(true);
}

describe.each(points)("a transfer whose agent dies at %s", (point) => {
  test("has replaced everything or nothing, and its repeat says which", { timeout: 60_000 }, async () => {
    await attached.run(`INSERT INTO orders VALUES (${++serial}); CREATE TABLE t${serial} (a int)`);
    const [old, before] = [await rows(), await attached.world.engine.current(attached.db)];
    const restoreId = randomUUID();
    await dieAt(point, restoreId);
    const isDone = point === "transaction.committed";
    expect(await rows()).toEqual(isDone ? wanted.rows : old);
    const restored = await attached.world.engine.restore(attached.db, restoreId, wanted.bookmark, quietRun());
    expect(await rows()).toEqual(wanted.rows);
    const after = await attached.world.engine.current(attached.db);
    expect([restored.previous.bookmark, restored.restoreBookmark]).toEqual([before.bookmark, after.bookmark]);
    expect(after.txid).toBe(before.txid + 1);
  });
});

test("one that committed its steps by themselves would leave neither state (control)", {
  timeout: 60_000,
}, async () => {
  await attached.run(`INSERT INTO orders VALUES (${++serial})`);
  const old = await rows();
  const stepwise: RuleBreak = {
    file: "lib/engines/postgres/transfer/replace-contents.ts",
    from: 'reachPoint("transfer.defined");',
    to: 'await live.run("COMMIT; BEGIN"); reachPoint("transfer.defined");',
  };
  await dieAt("transfer.defined", randomUUID(), [stepwise]);
  expect([old, wanted.rows]).not.toContainEqual(await rows());
  await attached.world.engine.restore(attached.db, randomUUID(), wanted.bookmark, quietRun());
  expect(await rows()).toEqual(wanted.rows);
});
