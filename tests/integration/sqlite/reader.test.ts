import { spawnSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { COMMIT_FLAGS } from "../../../lib/engines/sqlite/history/records.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import { CapturePair } from "../../world/capture-pair.ts";
import { computeBackwards, computeForwards, withoutCounters } from "../../world/compute-state.ts";
import { ForeignProgram } from "../../world/foreign-program.ts";
import { readCounters } from "../../world/read-counters.ts";
import { SqlSession } from "../../world/sql-session.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each();
});

type World = { pair: CapturePair; file: string; directory: string; session: SqlSession };

/** A database that a program of its own has open, captured by real keepers and a real reader. */
async function captured(...options: string[]): Promise<World> {
  const pair = new CapturePair();
  cleanUp.push(() => pair.close());
  const file = path.join(pair.data, "app.db");
  const session = await SqlSession.open(file, options);
  cleanUp.push(() => session.kill());
  await session.sql("insert into t values(1, 'first')");
  const directory = pair.register("db", file);
  pair.startKeeper();
  pair.startKeeper();
  pair.startReader();
  await pair.until("db", "protected");
  return { pair, file, directory, session };
}

function view(directory: string): History {
  const history = openHistory(directory);
  cleanUp.push(() => history.close());
  return history;
}

function expectSame(state: Buffer, copy: Buffer, what: string): void {
  const [a, b] = [withoutCounters(state), withoutCounters(copy)];
  const differing = a.findIndex((byte, i) => byte !== b[i]);
  expect({ bytes: a.length, differing }, what).toEqual({ bytes: b.length, differing: -1 });
}

describe("capture", () => {
  test("every commit has its record, in order, while the log is restarted and the program reopens its file", async () => {
    const { pair, file, directory } = await captured();
    const writer = new ForeignProgram("counter_writer.py", [
      file,
      "--pause",
      "0.0005",
      "--truncate",
      "0.7",
      "--reopen",
      "1.1",
    ]);
    cleanUp.push(() => writer.kill());
    await writer.next();
    await sleep(4000);
    const { acknowledged } = await writer.end<{ acknowledged: number }>();
    await pair.flush("db");
    const history = view(directory);
    const counters = [...readCounters(history)].flatMap(({ counter }) => (counter ? [counter] : []));
    expect(counters).toEqual(Array.from({ length: acknowledged }, (_, i) => i + 1));
    expect(acknowledged).toBeGreaterThan(500);
    expect(history.gaps()).toEqual([]);
  });

  for (const pageSize of [512, 4096, 65536]) {
    test(`pages of ${pageSize} bytes: growth, large commits, shrink and VACUUM are exact in both directions`, async () => {
      const { pair, directory, session } = await captured(
        "--page-size",
        String(pageSize),
        "--auto-vacuum",
        "INCREMENTAL",
      );
      const copies = new Map<number, Buffer>();
      const steps = [
        ["create table u(id integer primary key, v blob, w int)", "create index u_w on u(w)"],
        [
          "with n(i) as (select 1 union all select i+1 from n where i<9000) insert into u select i, randomblob(600), i*7 from n",
        ],
        ["update u set w=w+1 where id%3=0"],
        ["delete from u where id%2=0"],
        ["pragma incremental_vacuum"],
        [
          "with n(i) as (select 1 union all select i+1 from n where i<3000) insert into u select 10000+i, zeroblob(700), i from n",
        ],
        ["delete from u where id>200"],
        ["vacuum"],
        ["insert into u select 20000+id, randomblob(300), w from u"],
      ];
      for (const step of steps) {
        await session.sql(...step);
        const { txid } = await pair.flush("db", true);
        copies.set(txid, await session.copy());
      }
      const history = view(directory);
      expect(history.gaps()).toEqual([]);
      const sizes = [...history.infos(1, history.newest().txid)].map(({ sizeAfter }) => sizeAfter);
      expect(Math.max(...sizes) * pageSize).toBeGreaterThan(5_000_000);
      expect(sizes.at(-1)).toBeLessThan(Math.max(...sizes) / 5);
      for (const [txid, copy] of copies) {
        expectSame(computeForwards(history, txid), copy, `commit ${txid} forwards`);
        expectSame(computeBackwards(history, txid), copy, `commit ${txid} backwards`);
      }
      expect(verifyHistory(directory).commits).toBe(sizes.length);
    });
  }

  test("a wake makes no record, a commit of one changed byte of the header does", async () => {
    const { pair, session } = await captured();
    const before = await pair.flush("db");
    await session.sql("begin immediate", "pragma user_version=0", "commit");
    expect((await pair.flush("db")).txid).toBe(before.txid);
    await session.sql("begin immediate", "pragma user_version=5", "commit");
    expect((await pair.flush("db")).txid).toBe(before.txid + 1);
    await session.sql("begin immediate", "pragma user_version=5", "commit");
    expect((await pair.flush("db")).txid).toBe(before.txid + 1);
  });

  test("a time up to the watermark resolves the same for ever", async () => {
    const { pair, directory, session } = await captured();
    for (let i = 2; i < 40; i++) {
      await session.sql(`insert into t values(${i}, 'x')`);
      const { txid, watermarkMs } = await pair.flush("db", true);
      await session.sql(`update t set v='y' where id=${i}`);
      const later = await pair.flush("db");
      expect(later.txid).toBe(txid + 1);
      expect(later.timeMs).toBeGreaterThan(watermarkMs);
      expect(view(directory).atOrBefore(watermarkMs)?.txid).toBe(txid);
    }
  });

  test("a note is durable when it is answered", async () => {
    const { pair, directory } = await captured();
    await pair.annotate("db", { kind: "restore", restoreId: "r-1" });
    await pair.killReader();
    expect([...view(directory).notes()]).toEqual([{ txid: 1, note: { kind: "restore", restoreId: "r-1" } }]);
  });
});

describe("after an interruption", () => {
  test("ten kills of the reader under load make no gap", async () => {
    const { pair, file, directory } = await captured();
    const writer = new ForeignProgram("counter_writer.py", [
      file,
      "--pause",
      "0.001",
      "--truncate",
      "1",
      "--reopen",
      "2",
    ]);
    cleanUp.push(() => writer.kill());
    await writer.next();
    for (let kill = 0; kill < 10; kill++) {
      await sleep(200 + 60 * kill);
      await pair.killReader();
      await sleep(kill % 3 === 0 ? 0 : 150);
      pair.startReader();
      await pair.until("db", "protected");
    }
    const { acknowledged } = await writer.end<{ acknowledged: number }>();
    await pair.flush("db");
    const history = view(directory);
    const counters = [...readCounters(history)].flatMap(({ counter }) => (counter ? [counter] : []));
    expect(history.gaps()).toEqual([]);
    expect(counters).toEqual(Array.from({ length: acknowledged }, (_, i) => i + 1));
    expect(verifyHistory(directory).commits).toBe(history.newest().txid);
  });

  test("a clean end leaves everything captured and the next start goes on without a base image", async () => {
    const { pair, directory, session } = await captured();
    await session.many("insert into t(v) values(?)", 1, 50);
    expect(await pair.endReader()).toBe(0);
    const before = view(directory).newest();
    await session.many("insert into t(v) values(?)", 51, 90);
    pair.startReader();
    await pair.until("db", "protected");
    const { txid } = await pair.flush("db");
    const history = view(directory);
    expect(before.txid).toBe(51);
    expect(txid).toBe(91);
    expect(history.gaps()).toEqual([]);
    expectSame(computeBackwards(history, txid), await session.copy(), "the newest state");
  });

  test("what happened while nobody captured becomes one commit, marked as a gap, and the state is exact", async () => {
    const { pair, file, directory, session } = await captured();
    await session.many("insert into t(v) values(?)", 1, 300);
    await pair.flush("db", true);
    await pair.close();
    await session.sql("delete from t where id%2=0", "vacuum", "pragma wal_checkpoint(truncate)");
    await session.many("insert into t(v) values(?)", 1000, 1200);
    pair.keepers.length = 0;
    pair.startKeeper();
    pair.startReader();
    await pair.until("db", "protected");
    const { txid } = await pair.flush("db");
    const history = view(directory);
    expect(txid).toBe(302);
    expect(history.byTxid(txid)?.flags).toBe(COMMIT_FLAGS.healed);
    const [gap] = history.gaps();
    expect(gap).toMatchObject({ txid });
    expect(gap?.fromMs).toBeLessThan(gap?.toMs ?? 0);
    const copy = await session.copy();
    expectSame(computeForwards(history, txid), copy, "forwards");
    expectSame(readFileSync(history.mirrorPath()), copy, "the mirror");
    expect(file).toBe(path.join(pair.data, "app.db"));
  });

  test("an interruption in which nothing changed is no gap", async () => {
    const { pair, directory, session } = await captured();
    await session.many("insert into t(v) values(?)", 1, 30);
    const { txid } = await pair.flush("db");
    await pair.close();
    await session.sql("pragma wal_checkpoint(truncate)");
    pair.keepers.length = 0;
    pair.startKeeper();
    pair.startReader();
    await pair.until("db", "protected");
    expect((await pair.flush("db")).txid).toBe(txid);
    expect(view(directory).gaps()).toEqual([]);
  });

  test("a mirror that was damaged while nobody looked is made good from the history", async () => {
    const { pair, directory, session } = await captured();
    await session.many("insert into t(v) values(zeroblob(?))", 900, 1200);
    await pair.flush("db");
    await pair.killReader();
    const mirror = path.join(directory, "mirror.db");
    writeFileSync(mirror, Buffer.from(readFileSync(mirror)).fill(0xee, 4096, 90_000));
    pair.startReader();
    await pair.until("db", "protected");
    await session.sql("update t set v='changed' where id<20", "delete from t where id>100");
    const { txid } = await pair.flush("db");
    const history = view(directory);
    expectSame(readFileSync(mirror), await session.copy(), "the mirror");
    expectSame(computeForwards(history, txid), await session.copy(), "forwards");
  });

  test("another file moved over the database stops capture and says so", async () => {
    const { pair, file } = await captured();
    spawnSync("cp", [file, `${file}.other`]);
    renameSync(`${file}.other`, file);
    const { problem } = await pair.until("db", "stopped");
    expect(problem?.cause).toContain("Another file was moved");
    await expect(pair.flush("db")).rejects.toMatchObject({ code: "not_protected" });
  });
});
