import { readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { describe, type ExpectStatic, type TestContext, test } from "vitest";
import { MIRROR_NAME } from "../../../lib/engines/sqlite/history/format.ts";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import { CapturePair } from "../../world/capture-pair.ts";
import { computeForwards, withoutCounters } from "../../world/compute-state.ts";
import { SqlSession } from "../../world/sql-session.ts";
import { unfinishedFiles } from "./check-history.ts";
import { faultyEnvironment, isPlanned, mendDisk, type PlannedFault, planFault } from "./fault-file.ts";

/** A reader and a keeper as real processes, and somebody's program that has three commits captured. */
class FaultyReader {
  readonly pair = new CapturePair();
  readonly plan = path.join(this.pair.data, "fault.json");
  readonly #file = path.join(this.pair.data, "app.db");
  #session: SqlSession | null = null;
  directory = "";

  static async start({ onTestFinished }: TestContext): Promise<FaultyReader> {
    const world = new FaultyReader();
    onTestFinished(() => world.#end());
    await world.#start();
    return world;
  }

  async #end(): Promise<void> {
    this.#session?.kill();
    await this.pair.close();
    rmSync(this.pair.data, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const session = await SqlSession.open(this.#file);
    this.#session = session;
    this.pair.startKeeper();
    this.pair.startReader({ ...faultyEnvironment(this.plan), LASTGOOD_LOG_LEVEL: "silent" });
    this.directory = this.pair.register("db", this.#file);
    await this.pair.until("db", "protected");
    await this.commit(3);
  }

  async commit(count: number): Promise<void> {
    await this.#session?.many("insert into t(v) values (randomblob(3000 + ?))", 1, count);
  }

  /** The bookmark of everything committed, and the database then. */
  async markNow(): Promise<{ txid: number; bookmark: string; state: Buffer }> {
    const { txid, bookmark } = await this.pair.flush("db");
    const state = await this.#session?.copy();
    return { txid, bookmark, state: withoutCounters(state ?? Buffer.alloc(0)) };
  }

  /** Plans a fault, commits, and answers what the status says once capture has stopped. */
  async stopBy(fault: PlannedFault): Promise<{ cause: string; remedy: string }> {
    planFault(this.plan, fault);
    await this.commit(1);
    const { problem } = await this.pair.until("db", "stopped", 10_000);
    return problem ?? { cause: "", remedy: "" };
  }

  get openFiles(): number {
    return readdirSync(`/proc/${this.pair.reader?.pid}/fd`).length;
  }

  read<T>(look: (history: History) => T): T {
    const history = openHistory(this.directory);
    try {
      return look(history);
    } finally {
      history.close();
    }
  }

  /** Every mark is still a commit of the history under its own bookmark, with its exact state, and there is no gap. */
  expectWhole(expect: ExpectStatic, ...marks: { txid: number; bookmark: string; state: Buffer }[]): void {
    verifyHistory(this.directory);
    this.read((history) => {
      expect(history.gaps()).toEqual([]);
      for (const { txid, bookmark, state } of marks) {
        const info = history.byTxid(txid);
        expect(info && history.bookmarkOf(info)).toBe(bookmark);
        expect(withoutCounters(computeForwards(history, txid)).equals(state)).toBe(true);
      }
    });
    expect(unfinishedFiles(this.directory)).toEqual([]);
  }
}

describe("after a failed sync", () => {
  test.concurrent("capture stops, says so, and begins anew with the whole database compared; every bookmark stays good", {
    timeout: 60_000,
  }, async (context) => {
    const { expect } = context;
    const world = await FaultyReader.start(context);
    const before = await world.markNow();
    const openFiles = world.openFiles;
    const mirror = statSync(path.join(world.directory, MIRROR_NAME)).ino;
    const problem = await world.stopBy({ call: "^fdatasync$", file: "segment-.*open$", code: "EIO", times: 1 });
    expect(problem.cause).toContain("reports a failure (EIO at fdatasync)");
    expect(problem.remedy).toContain("begins anew within a minute, with the whole database compared");
    // What was written and not synced is nobody's to read.
    expect(world.read((history) => history.newest().txid)).toBe(before.txid);
    await world.commit(4);
    await world.pair.until("db", "protected", 20_000);
    const after = await world.markNow();
    expect(after.txid).toBe(before.txid + 5);
    world.expectWhole(expect, before, after);
    expect(statSync(path.join(world.directory, MIRROR_NAME)).ino).not.toBe(mirror);
    expect(world.openFiles).toBeLessThanOrEqual(openFiles);
  });

  test.concurrent("a reader that is killed before it begins anew loses nothing either", {
    timeout: 60_000,
  }, async (context) => {
    const { expect } = context;
    const world = await FaultyReader.start(context);
    const before = await world.markNow();
    await world.stopBy({ call: "^fdatasync$", file: "segment-.*open$", code: "EIO" });
    await world.pair.killReader();
    mendDisk(world.plan);
    world.pair.startReader();
    await world.commit(2);
    await world.pair.until("db", "protected", 20_000);
    const after = await world.markNow();
    expect(after.txid).toBe(before.txid + 3);
    world.expectWhole(expect, before, after);
  });
});

describe("while the disk", () => {
  test.concurrent("is full, nothing is acknowledged as captured; afterwards capture goes on by itself without a gap", {
    timeout: 60_000,
  }, async (context) => {
    const { expect } = context;
    const world = await FaultyReader.start(context);
    const before = await world.markNow();
    const problem = await world.stopBy({ call: "^write", file: "segment-", code: "ENOSPC" });
    expect(problem.cause).toContain("is full");
    expect(problem.remedy).toContain("Make room");
    await expect(world.pair.flush("db")).rejects.toThrow("is full");
    mendDisk(world.plan);
    await world.commit(3);
    await world.pair.until("db", "protected", 20_000);
    const after = await world.markNow();
    expect(after.txid).toBe(before.txid + 4);
    world.expectWhole(expect, before, after);
  });

  test.concurrent("does not give the live log's bytes, that is said, and is not taken for a database that nobody has open", {
    timeout: 60_000,
  }, async (context) => {
    const { expect } = context;
    const world = await FaultyReader.start(context);
    const before = await world.markNow();
    const problem = await world.stopBy({ call: "^readSync$", file: "-wal$", code: "EIO" });
    expect(problem.cause).toContain("The log cannot be read: the disk on which the database lies");
    expect(problem.remedy).toContain("stays restorable");
    expect(isPlanned(world.plan)).toBe(true);
    mendDisk(world.plan);
    await world.pair.until("db", "protected", 20_000);
    const after = await world.markNow();
    expect(after.txid).toBe(before.txid + 1);
    world.expectWhole(expect, before, after);
  });
});
