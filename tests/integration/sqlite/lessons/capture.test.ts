import { statSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openHistory } from "../../../../lib/engines/sqlite/history/open-history.ts";
import { materialise } from "../../../../lib/engines/sqlite/restore/materialise.ts";
import { ForeignProgram } from "../../../world/foreign-program.ts";
import { readCounters } from "../../../world/read-counters.ts";
import { SqlSession } from "../../../world/sql-session.ts";
import { afterTest, CapturedProgram } from "./captured-program.ts";

// Each of these once cost the users of another replicator data or service.
describe("capture keeps the lessons of others", () => {
  test("a checkpoint while keepers and reader are down costs one reported gap and no state", async () => {
    const program = await CapturedProgram.start();
    await program.session.many("insert into t values(?, randomblob(300))", 1, 5);
    const before = await program.pair.flush("db");
    const copyBefore = await program.session.copy();
    await program.pair.close();
    await program.session.many("insert into t values(?, randomblob(300))", 6, 10);
    await program.session.sql("pragma wal_checkpoint(truncate)");
    await program.session.many("insert into t values(?, randomblob(300))", 11, 15);
    program.pair.startKeeper();
    program.pair.startKeeper();
    program.pair.startReader();
    await program.pair.until("db", "protected");
    const history = await program.history();
    expect(history.gaps().length).toBe(1);
    await program.expectState(before.txid, copyBefore);
    await program.expectState(history.newest().txid, await program.session.copy());
  });

  test("the first transaction after attaching has its bookmark, also in a database that was empty", async () => {
    const program = await CapturedProgram.open();
    await program.session.sql("drop table t", "vacuum");
    await program.attach();
    const first = (await program.pair.flush("db")).txid;
    await program.session.sql("create table first(v)");
    expect((await program.pair.flush("db")).txid).toBe(first + 1);
    await program.expectState(first + 1, await program.session.copy());
  });

  test("a log that is used again up to the same size does not freeze capture", { timeout: 60_000 }, async () => {
    const program = await CapturedProgram.start();
    await program.session.sql("insert into t values(1, 1)");
    const { txid } = await program.pair.flush("db");
    let commits = 0;
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 50; i++, commits++)
        await program.session.sql("update t set v = randomblob(50)", "insert into t values(null, 1)");
      commits += 50;
      await program.session.sql("pragma wal_checkpoint(restart)");
    }
    const history = await program.history();
    expect(history.newest().txid).toBe(txid + commits);
    expect(history.gaps()).toEqual([]);
  });

  test("an image made while somebody writes and checkpoints is exactly one commit's state", {
    timeout: 90_000,
  }, async () => {
    for (let round = 0; round < 3; round++) {
      const program = await CapturedProgram.open();
      const ledger = path.join(program.pair.data, "ledger.db");
      const oracle = new ForeignProgram("ledger_oracle.py", [ledger, "4096"]);
      afterTest(() => oracle.kill());
      await oracle.next();
      const loops = ["write", "write", "checkpoint"].map((what, i) => {
        const loop = new ForeignProgram("ledger_loop.py", [ledger, what, String(round * 10 + i)]);
        afterTest(() => loop.kill());
        return loop;
      });
      await sleep(300);
      const directory = program.pair.register("ledger", ledger);
      program.pair.startKeeper();
      program.pair.startKeeper();
      program.pair.startReader();
      await program.pair.until("ledger", "protected");
      await sleep(300);
      for (const loop of loops) await loop.end();
      await program.pair.flush("ledger");
      expectLedgerStates(directory, program.pair.data);
    }
  });

  test("a shrinking database is exact at every commit", async () => {
    const program = await CapturedProgram.start("--auto-vacuum", "FULL");
    await program.session.sql(
      "with n(i) as (select 1 union all select i+1 from n where i<400) insert into t select i, randomblob(3000) from n",
    );
    const copies = new Map<number, Buffer>();
    for (let keep = 300; keep >= 0; keep -= 100) {
      await program.session.sql(`delete from t where id > ${keep}`);
      copies.set((await program.pair.flush("db")).txid, await program.session.copy());
    }
    await program.session.sql("vacuum");
    copies.set((await program.pair.flush("db")).txid, await program.session.copy());
    expect(Math.min(...[...copies.values()].map((copy) => copy.length))).toBeLessThan(40_000);
    for (const [txid, copy] of copies) await program.expectState(txid, copy);
  });

  test("a read lock does not let the log grow without bound", { timeout: 60_000 }, async () => {
    const program = await CapturedProgram.start();
    const sizesBytes: number[] = [];
    for (let i = 0; i < 80; i++) {
      await program.session.many("insert into t values(?, randomblob(9000))", 100 + i * 25, 124 + i * 25);
      await sleep(60);
      sizesBytes.push(statSync(`${program.file}-wal`).size);
    }
    // Some 26 MB went through it.
    expect(Math.max(...sizesBytes)).toBeLessThan(13_000_000);
    expect((await program.history()).gaps()).toEqual([]);
  });

  test("a read transaction that never ends costs no commit, and the log is restarted once it is over", {
    timeout: 60_000,
  }, async () => {
    const program = await CapturedProgram.start();
    const other = await SqlSession.open(program.file);
    afterTest(() => other.kill());
    await other.sql("begin", "select count(*) from t");
    const { txid } = await program.pair.flush("db");
    await program.session.many("insert into t values(?, randomblob(9000))", 100, 599);
    const history = await program.history();
    expect(history.newest().txid).toBe(txid + 500);
    const grownBytes = statSync(`${program.file}-wal`).size;
    await other.sql("commit");
    await sleep(2500);
    await program.session.many("insert into t values(?, randomblob(9000))", 600, 700);
    expect(statSync(`${program.file}-wal`).size).toBe(grownBytes);
    expect((await program.history()).gaps()).toEqual([]);
  });

  test("somebody's RESTART checkpoint keeps no writer out", { timeout: 60_000 }, async () => {
    const program = await CapturedProgram.start();
    const writer = new ForeignProgram("counter_writer.py", [program.file, "--pause", "0.001"]);
    afterTest(() => writer.kill());
    await writer.next();
    let slowestMs = 0;
    for (let i = 0; i < 8; i++) {
      const begunMs = performance.now();
      // The program's own busy timeout is 30 s: a checkpoint that waits for a keeper's lock would take all of it.
      await program.session.sql("pragma wal_checkpoint(restart)");
      slowestMs = Math.max(slowestMs, performance.now() - begunMs);
      await sleep(100);
    }
    const { acknowledged } = await writer.end<{ acknowledged: number }>();
    const history = await program.history();
    const counters = [...readCounters(history)].flatMap(({ counter }) => (counter ? [counter] : []));
    expect(counters).toEqual(Array.from({ length: acknowledged }, (_, i) => i + 1));
    expect(slowestMs).toBeLessThan(15_000);
  });
});

/** The ledger's sums agree in the first and in the newest state of its history. */
function expectLedgerStates(directory: string, folder: string): void {
  const history = openHistory(directory);
  afterTest(() => history.close());
  expect(history.newest().txid).toBeGreaterThan(history.oldest().txid);
  for (const { txid } of [history.oldest(), history.newest()]) {
    const file = path.join(folder, `state-${txid}.db`);
    materialise(history, txid, file);
    const connection = new DatabaseSync(file);
    const ask = (sql: string) => Object.values(connection.prepare(sql).get() ?? {});
    expect(ask("PRAGMA integrity_check")).toEqual(["ok"]);
    expect(ask("SELECT sum(balance) FROM account")).toEqual([0]);
    const totals = ask("SELECT items, bytes FROM total");
    expect(ask("SELECT count(*), coalesce(sum(length(content)), 0) FROM item")).toEqual(totals);
    connection.close();
  }
}
