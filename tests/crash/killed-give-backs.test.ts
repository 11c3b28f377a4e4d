import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RowsRun } from "../../lib/domain/give-back.ts";
import { GiveBackWorld } from "../integration/sqlite/give-back-world.ts";
import type { RuleBreak } from "../integration/sqlite/rules/rule-breaks.ts";
import { SqliteWorld } from "../world/sqlite-world.ts";
import { GIVE_BACK_POINTS } from "./points/give-back-points.ts";

/** All of them with LASTGOOD_TEST_KILLS=all; else those around the commit. */
const SAMPLE: readonly string[] = ["giveback.skips-written", "giveback.attempt-written", "giveback.committed"];
const points = GIVE_BACK_POINTS.filter((point) => point !== "giveback.staged").filter(
  (point) => process.env.LASTGOOD_TEST_KILLS === "all" || SAMPLE.includes(point),
);

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

/** Has a process of its own write the rows and die at a point, it or the child that writes; answers who died. */
async function dieGivingBack(
  restoreId: string,
  rows: RowsRun,
  arms: readonly string[],
  breaks: readonly RuleBreak[] = [],
): Promise<{ died: string[]; code: number | null }> {
  const folder = mkdtempSync(path.join(tmpdir(), "died-"));
  mkdirSync(folder, { recursive: true });
  const preload = ["points/kill-at-point.ts", "../integration/sqlite/rules/break-rule.ts"].map(
    (file) => `--import=${pathToFileURL(path.join(import.meta.dirname, file)).href}`,
  );
  const script = path.resolve(import.meta.dirname, "../world/give-back-once.ts");
  const input = JSON.stringify({ data: world.capture.data, db: given.db, restoreId, rows });
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, input], {
    env: {
      ...process.env,
      NODE_OPTIONS: preload.join(" "),
      LASTGOOD_TEST_BREAK: JSON.stringify(breaks),
      CRASH_FOLDER: folder,
      CRASH_ARMS: JSON.stringify(arms.map((point) => ({ point, nth: 1 }))),
    },
    stdio: ["ignore", "ignore", "ignore"],
  });
  await once(child, "exit");
  return { died: readdirSync(folder).filter((name) => name.endsWith(".died")), code: child.exitCode };
}

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
    // To reach what comes after a failure, the writer dies first.
    const first = ["giveback.fenced", "giveback.settled"].includes(point) ? ["giveback.committed"] : [];
    const { died } = await dieGivingBack(restoreId, rows, [...first, point]);
    expect(died.length).toBeGreaterThan(0);
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
  expect((await dieGivingBack(restoreId, rows, ["giveback.commit-told"])).died).toHaveLength(1);
  const forgetful: RuleBreak = {
    file: "lib/engines/sqlite/give-back/run-give-back.ts",
    from: "const earlier = context.files.readAttempt();",
    to: "const earlier = null as RowsAttempt | null;",
  };
  expect((await dieGivingBack(restoreId, rows, [], [forgetful])).code).toBe(1);
  expect((await dieGivingBack(restoreId, rows, [])).code).toBe(0);
});
