import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RowsOrder, RowsRun } from "../../../lib/domain/give-back.ts";
import { GiveBackFiles, KeptPlans } from "../../../lib/engines/sqlite/give-back/give-back-files.ts";
import { LOCK_TIMEOUT_MS } from "../../../lib/engines/sqlite/one-commit/open-live.ts";
import { visitPoints } from "../../../lib/storage/reach-point.ts";
import { runAndDie } from "../../crash/points/run-and-die.ts";
import { SqlSession } from "../../world/sql-session.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";
import { GiveBackWorld } from "./give-back-world.ts";
import type { RuleBreak } from "./rules/rule-breaks.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
const { NODE_OPTIONS } = process.env;
afterEach(() => {
  visitPoints(null);
  delete process.env.LASTGOOD_TEST_BREAK;
  if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = NODE_OPTIONS;
});
afterAll(() => world.close());

/** Changes the sources of the processes that the engine starts. */
function changeWriter(file: string, from: string, to: string): void {
  const change: RuleBreak = { file: `lib/engines/sqlite/one-commit/${file}`, from, to };
  process.env.LASTGOOD_TEST_BREAK = JSON.stringify([change]);
  process.env.NODE_OPTIONS = `--import=${pathToFileURL(path.join(import.meta.dirname, "rules/break-rule.ts")).href}`;
}

/** A table with rows gone that are to come back. */
async function damaged(name: string): Promise<{ given: GiveBackWorld; order: RowsOrder; rows: RowsRun }> {
  const given = await GiveBackWorld.open(
    world,
    name,
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')",
  );
  const then = await given.now();
  await given.sql("DELETE FROM t WHERE id < 3");
  const order = given.order(then, [{ name: "t" }]);
  const { digest } = await given.plan(order);
  return { given, order, rows: { order, planDigest: digest, onConflict: {} } };
}

const left = (restoreId: string) => readdirSync(path.join(world.capture.paths.temporary, "restores", restoreId));

describe("a give-back that is cancelled", () => {
  /** A part of the work that the writer tells of when it is about to ask for the lock. */
  const ASKING = 7_654_321;

  test.each([
    ["while it waits for the lock", null],
    ["once all is written down and nothing committed", "onecommit.flushed"],
    ["as it would go ahead", "ahead"],
  ] as const)("%s ends at once, changes nothing, keeps nobody waiting and leaves no rows behind", async (_, point) => {
    const { given, rows } = await damaged(`cancelled-${point ?? "waiting"}`);
    const before = await given.now();
    const restoreId = randomUUID();
    const reason = new Error("no longer wanted");
    const run = quietRun();
    const other = await SqlSession.open(given.db.path);
    if (point === "ahead") run.goAhead = () => Promise.reject(reason);
    else if (point) visitPoints((name) => (name === point ? run.cancel(reason) : undefined));
    else {
      await other.sql("BEGIN IMMEDIATE");
      changeWriter(
        "serve-writer.ts",
        "connection.exec(",
        `send({ report: { done: 0, total: ${ASKING} } }); connection.exec(`,
      );
    }
    const startedMs = performance.now();
    const giving = world.engine.rows.run(given.db, restoreId, rows, {
      ...run,
      progress: (_stage, _done, total) => (total === ASKING ? run.cancel(reason) : undefined),
    });
    await expect(giving).rejects.toBe(reason);
    visitPoints(null);
    expect(performance.now() - startedMs).toBeLessThan(LOCK_TIMEOUT_MS / 2);
    if (!point) await other.sql("ROLLBACK");
    expect(left(restoreId)).toEqual([]);
    expect(await given.now()).toBe(before);
    await other.sql("INSERT INTO t VALUES (9, 'theirs')");
    other.kill();
    await world.engine.rows.run(given.db, restoreId, rows, quietRun());
    expect(await given.query("SELECT id FROM t ORDER BY id")).toEqual([[1], [2], [3], [9]]);
  });

  test("behind its point of no return takes place and says so", async () => {
    const { given, rows } = await damaged("too-late");
    const run = quietRun();
    visitPoints((name) => (name === "onecommit.attempt-written" ? run.cancel(new Error("too late")) : undefined));
    const done = await world.engine.rows.run(given.db, randomUUID(), rows, run);
    expect(done.restoreBookmark).toBe(await given.now());
    expect(await given.query("SELECT count(*) FROM t")).toEqual([[3]]);
  });
});

describe("a give-back to a database that another program keeps locked", () => {
  test("waits no longer than its limit, names it and changes nothing", async () => {
    const { given, rows } = await damaged("locked");
    const before = await given.now();
    changeWriter("open-live.ts", "LOCK_TIMEOUT_MS = 30_000", "LOCK_TIMEOUT_MS = 300");
    const other = await SqlSession.open(given.db.path);
    await other.sql("BEGIN IMMEDIATE");
    const restoreId = randomUUID();
    await expect(world.engine.rows.run(given.db, restoreId, rows, quietRun())).rejects.toMatchObject({
      code: "restore_conflict",
      message: "Other programs kept the database locked for 0.3 seconds.",
      details: { outcome: "nothing", retryAfterSeconds: 5, hint: expect.stringContaining("Nothing was changed") },
    });
    expect(left(restoreId)).toEqual([]);
    await other.sql("ROLLBACK");
    other.kill();
    expect(await given.now()).toBe(before);
    const done = await world.engine.rows.run(given.db, restoreId, rows, quietRun());
    expect(done.rows.rows).toBe(2);
  });
});

/** As a crash leaves it: about to commit, and nobody has seen what became of it. */
async function leaveAttempt({ given, rows }: { given: GiveBackWorld; rows: RowsRun }): Promise<string> {
  const restoreId = randomUUID();
  const { temporary } = world.capture.paths;
  const files = new GiveBackFiles(temporary, restoreId);
  files.adopt(new KeptPlans(temporary).stageFile(rows.planDigest));
  const { txid } = await world.engine.current(given.db);
  const tables = [{ name: "t", inserted: 2, setBack: 0, removed: 0, skipped: 0 }];
  files.writeAttempt({ version: 1, startTxid: txid, summary: { tables, rows: 2, skipped: [] } });
  return restoreId;
}

/** Writes while nobody captures, and has capture begin again. */
async function mergeWrites({ db }: GiveBackWorld, sql: string): Promise<void> {
  await world.capture.close();
  const program = await SqlSession.open(db.path);
  await program.sql(...sql.split(";"), "PRAGMA wal_checkpoint(TRUNCATE)");
  program.kill();
  world.capture.startKeeper();
  world.capture.startKeeper();
  world.capture.startReader();
  await world.capture.until(db.id, "protected");
}

describe("a give-back that a gap swallowed", () => {
  const HALF = "INSERT INTO t VALUES (1, 'a');INSERT INTO t VALUES (2, 'mine')";

  test("is not done again over what was written since, and says that nobody knows", { timeout: 90_000 }, async () => {
    const one = await damaged("swallowed");
    const restoreId = await leaveAttempt(one);
    await mergeWrites(one.given, HALF);
    const before = await one.given.now();
    // It says so as often as it is asked: the rows that tell are kept.
    for (const _ of [1, 2]) {
      await expect(world.engine.rows.run(one.given.db, restoreId, one.rows, quietRun())).rejects.toMatchObject({
        code: "restore_failed",
        details: { outcome: "unknown", hint: expect.stringContaining("make a new plan") },
      });
    }
    expect(left(restoreId).sort()).toEqual(["attempt.json", "rows.db"]);
    expect(await one.given.now()).toBe(before);
    expect(await one.given.query("SELECT * FROM t ORDER BY id")).toEqual([
      [1, "a"],
      [2, "mine"],
      [3, "c"],
    ]);
    const heedless: RuleBreak = {
      file: "lib/engines/sqlite/one-commit/one-commit.ts",
      from: 'if (isMerged && settled === "other") throw this.#undecided();',
      to: "",
    };
    const { data } = world.capture;
    const input = { data, db: one.given.db, restoreId, rows: one.rows };
    await runAndDie("give-back-once.ts", input, [], [heedless]);
    // Without that it takes itself for undone, and forgets that it does not know.
    expect(left(restoreId)).not.toContain("attempt.json");
  });

  test("is known to have taken place where its rows are as they were to be", { timeout: 90_000 }, async () => {
    const one = await damaged("swallowed-whole");
    const restoreId = await leaveAttempt(one);
    await mergeWrites(one.given, "INSERT INTO t VALUES (1, 'a'), (2, 'b');INSERT INTO t VALUES (4, 'theirs')");
    const before = await one.given.now();
    const done = await world.engine.rows.run(one.given.db, restoreId, one.rows, quietRun());
    expect(done.restoreBookmark).toBe(before);
    expect(await one.given.query("SELECT count(*) FROM t")).toEqual([[4]]);
  });
});
