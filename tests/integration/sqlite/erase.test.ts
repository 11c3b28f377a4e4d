import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import { eraseHistory } from "../../../lib/engines/sqlite/prune/erase-history.ts";
import { materialise } from "../../../lib/engines/sqlite/restore/materialise.ts";
import { visitPoints } from "../../../lib/storage/reach-point.ts";
import { ERASE_POINTS, filesWith } from "../../world/erase-points.ts";
import { MadeHistory } from "../../world/made-history.ts";

const CANARY = Buffer.from("somebody's name and address, which must go");
const SEALED_BY = 20;
let made: MadeHistory;
/** The commit that put the canary in, and the one that took it out. */
let canary: { from: number; to: number };

beforeEach(async () => {
  made = new MadeHistory({ bytes: 1e9, commits: SEALED_BY });
  await made.commit(50);
  const clean = made.state();
  const marked = Buffer.from(clean);
  CANARY.copy(marked, made.pageSize * 2);
  made.change(marked);
  canary = { from: made.writer.newest.txid, to: 0 };
  await made.commit(3);
  const cleaned = made.state();
  cleaned.fill(0, made.pageSize * 2, made.pageSize * 2 + CANARY.length);
  made.change(cleaned);
  canary.to = made.writer.newest.txid;
  await made.commit(60);
  await made.writer.sealNow();
  await made.writer.close();
});
afterEach(() => {
  visitPoints(null);
  rmSync(made.directory, { recursive: true, force: true });
});

const erase = (txid: number) => eraseHistory(made.directory, txid, () => undefined);

function expectStatesFrom(txid: number): void {
  const history = openHistory(made.directory);
  const file = `${made.directory}.image`;
  for (let at = txid; at < made.states.length; at += 3) {
    materialise(history, at, file);
    expect(readFileSync(file).equals(made.states[at] ?? Buffer.alloc(0))).toBe(true);
  }
  rmSync(file, { force: true });
  history.close();
}

test("after an erasure the history begins with that commit, and nothing of what was before is in any of its files", async () => {
  // The control: before it they are there, in more than one way.
  expect(filesWith(made.directory, CANARY).length).toBeGreaterThan(0);
  mkdirSync(path.join(made.directory, "damaged-history"));
  writeFileSync(path.join(made.directory, "damaged-history", "old"), CANARY);
  const before = openHistory(made.directory);
  const named = before.byTxid(canary.to);
  const bookmark = named && before.bookmarkOf(named);
  before.close();
  expect(await erase(canary.to)).toBeGreaterThan(0);
  expect(filesWith(made.directory, CANARY)).toEqual([]);
  const history = openHistory(made.directory);
  expect(history.oldest().txid).toBe(canary.to);
  expect(history.byTxid(canary.to - 1)).toBeNull();
  expect(history.atOrBefore((named?.timeMs ?? 0) - 1)).toBeNull();
  expect(history.bookmarkOf(history.oldest())).toBe(bookmark);
  history.close();
  expectStatesFrom(canary.to);
  verifyHistory(made.directory);
});

test("one commit less, and they would be found: what the erasing commit changed is what was there", async () => {
  await erase(canary.to - 1);
  expect(filesWith(made.directory, CANARY).length).toBeGreaterThan(0);
});

test("wherever in a segment it lies, also first, last and newest, every later state stays, and capture goes on", async () => {
  let last = 1;
  for (const txid of [1, 2, SEALED_BY, SEALED_BY + 1, SEALED_BY + 2, 75, made.states.length - 1]) {
    await erase(txid);
    expectStatesFrom(txid);
    last = txid;
  }
  made.reopen({ bytes: 1e9, commits: SEALED_BY });
  await made.commit(30);
  await made.writer.close();
  expectStatesFrom(last);
  verifyHistory(made.directory);
});

test("killed at any step, later states stay as they were, and a repeat goes on to the end", {
  timeout: 60_000,
}, async () => {
  const reached = new Set<string>();
  made.reopen({ bytes: 1e9, commits: SEALED_BY });
  await made.commit(90);
  await made.writer.sealNow();
  await made.writer.close();
  for (const point of ERASE_POINTS) {
    const txid = [...ERASE_POINTS].indexOf(point) * (SEALED_BY + 1) + 60;
    visitPoints((name) => {
      if (name !== point) return;
      reached.add(name);
      throw new Error(`killed at ${name}`);
    });
    await expect(erase(txid)).rejects.toThrow("killed at");
    visitPoints(null);
    expectStatesFrom(txid);
    await erase(txid);
    expectStatesFrom(txid);
    verifyHistory(made.directory);
  }
  expect([...reached]).toEqual([...ERASE_POINTS]);
});
