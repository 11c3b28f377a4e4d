import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RowsRun } from "../../lib/domain/give-back.ts";
import { GiveBackWorld } from "../integration/sqlite/give-back-world.ts";
import type { RuleBreak } from "../integration/sqlite/rules/rule-breaks.ts";
import { SqliteWorld } from "../world/sqlite-world.ts";
import { GIVE_BACK_POINTS } from "./points/give-back-points.ts";
import { deathsAt, ONE_COMMIT_POINTS } from "./points/one-commit-points.ts";
import { runAndDie } from "./points/run-and-die.ts";

/** All of them with LASTGOOD_TEST_KILLS=all; else those around the commit. */
const SAMPLE: readonly string[] = ["giveback.skips-written", "onecommit.attempt-written", "onecommit.committed"];
const points = [...GIVE_BACK_POINTS, ...ONE_COMMIT_POINTS]
  .filter((point) => point !== "giveback.staged")
  .filter((point) => process.env.LASTGOOD_TEST_KILLS === "all" || SAMPLE.includes(point));

let world: SqliteWorld;
let given: GiveBackWorld;
beforeAll(async () => {
  world = new SqliteWorld();
  given = await GiveBackWorld.open(
    world,
    "killed",
    "CREATE TABLE t (a INTEGER PRIMARY KEY, b); WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT i, randomblob(300) FROM n",
  );
}, 60_000);
afterAll(() => world.close());

/** Has a process of its own write the rows and die at points, it or the child that writes. */
const dieGivingBack = (
  restoreId: string,
  rows: RowsRun,
  points: readonly string[],
  breaks: readonly RuleBreak[] = [],
) =>
  runAndDie(
    "give-back-once.ts",
    { data: world.capture.data, db: given.db, restoreId, rows },
    points.map((point) => ({ point, nth: 1 })),
    breaks,
  );

describe.each(points)("who gives rows back and dies at %s", (point) => {
  test("has done it wholly or not at all, and the repeat knows which", { timeout: 120_000 }, async () => {
    const then = await given.now();
    const whole = await given.dump();
    await given.sql("DELETE FROM t WHERE a % 3 = 0; UPDATE t SET b = 'other' WHERE a % 7 = 1");
    const before = await world.engine.current(given.db);
    const damaged = await given.dump();
    const order = given.order(then, [{ name: "t", kinds: ["removed", "changed"] }]);
    const { digest } = await given.plan(order);
    const rows: RowsRun = { order, planDigest: digest, onConflict: {} };
    const restoreId = randomUUID();
    const deaths = deathsAt(point);
    const { died } = await dieGivingBack(restoreId, rows, deaths);
    expect(died).toBe(deaths.length);
    expect([whole, damaged]).toContain(await given.dump());
    const done = await given.run(order, digest, {}, restoreId);
    expect(await given.dump()).toBe(whole);
    const after = await world.engine.current(given.db);
    expect(done.previous.bookmark).toBe(before.bookmark);
    expect(done.restoreBookmark).toBe(after.bookmark);
    expect(after.txid).toBe(before.txid + 1);
    expect(done.rows.rows).toBe(214);
    expect(await given.run(order, digest, {}, restoreId)).toEqual(done);
    expect((await world.engine.current(given.db)).txid).toBe(after.txid);
  });
});

test("who does not ask what became of the first try does not know that it took place", {
  timeout: 120_000,
}, async () => {
  const then = await given.now();
  await given.sql("DELETE FROM t WHERE a % 5 = 0");
  const order = given.order(then, [{ name: "t" }]);
  const { digest } = await given.plan(order);
  const rows: RowsRun = { order, planDigest: digest, onConflict: {} };
  const restoreId = randomUUID();
  expect((await dieGivingBack(restoreId, rows, ["onecommit.commit-told"])).died).toBe(1);
  const forgetful: RuleBreak = {
    file: "lib/engines/sqlite/one-commit/one-commit.ts",
    from: "const earlier = this.#context.files.readAttempt();",
    to: "const earlier = null as CommitAttempt<Summary> | null;",
  };
  expect((await dieGivingBack(restoreId, rows, [], [forgetful])).code).toBe(1);
  expect((await dieGivingBack(restoreId, rows, [])).code).toBe(0);
});
