import { closeSync, existsSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { baseName } from "../../../lib/engines/sqlite/history/format.ts";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { contentAt } from "../../../lib/engines/sqlite/restore/content-at.ts";
import { findReaching } from "../../../lib/engines/sqlite/restore/find-reaching.ts";
import { PageWorkspace } from "../../../lib/engines/sqlite/restore/page-workspace.ts";
import { MadeHistory } from "../../world/made-history.ts";

let made: MadeHistory;
let history: History;
beforeEach(async () => {
  made = new MadeHistory({ bytes: 1e9, commits: 25 }, 5);
  await made.commit(80);
  history = openHistory(made.directory);
});
afterEach(async () => {
  history.close();
  await made.writer.close();
  rmSync(made.directory, { recursive: true, force: true });
});

const workspaceFile = () => path.join(made.directory, "workspace");

/** Lays the computed pages over the newest state and compares the whole with the state wanted. */
async function expectReaches(toTxid: number): Promise<void> {
  const { workspace, sizePages, throughTxid } = await contentAt(history, {
    toTxid,
    sinceTxid: toTxid,
    skip: new Set(),
    workspaceFile: workspaceFile(),
  });
  try {
    const state = Buffer.alloc(sizePages * made.pageSize);
    made.states[throughTxid]?.copy(state);
    for (const page of workspace.pages()) workspace.get(page)?.copy(state, (page - 1) * made.pageSize);
    expect(state.equals(made.states[toTxid] ?? Buffer.alloc(0))).toBe(true);
  } finally {
    workspace.close();
  }
  expect(existsSync(workspaceFile())).toBe(false);
}

describe("the pages of a past state", () => {
  test("come out of the mirror for every commit there was", async () => {
    for (let txid = 1; txid <= 81; txid += 4) await expectReaches(txid);
  });

  test("a mirror that lags behind the history is no obstacle", async () => {
    const newest = made.mirror();
    for (const lagging of [80, 70, 40]) {
      made.writeMirror(made.states[lagging] ?? newest);
      for (const txid of [1, 30, 60, 75]) await expectReaches(txid);
    }
  });

  test("a mirror that is ahead of the view is met by looking at the history again", async () => {
    await made.commit(10);
    for (const txid of [10, 50, 80]) await expectReaches(txid);
    expect(history.newest().txid).toBe(91);
  });

  test("torn and missing pages of the mirror come from the base image", { timeout: 30_000 }, async () => {
    const torn = made.mirror();
    torn.fill(0xa5, 100, 2000);
    made.writeMirror(torn);
    await expectReaches(20);
    rmSync(made.mirrorPath);
    await expectReaches(33);
  });

  test("a page that neither end yields is reported, never given", { timeout: 30_000 }, async () => {
    made.writeMirror(Buffer.alloc(made.mirror().length, 0x11));
    const fd = openSync(path.join(made.directory, baseName(1)), "r+");
    writeSync(fd, Buffer.from("not what was written"), 0, 20, 3 * made.pageSize);
    closeSync(fd);
    await expect(expectReaches(20)).rejects.toMatchObject({ code: "history_damaged" });
  });

  test("a page first touched while the mirror is read again goes all the way back, not one commit", async () => {
    const toTxid = 70;
    const touched = history.pagesTouched(toTxid + 1, 81);
    const wanted = made.states[toTxid] ?? Buffer.alloc(0);
    const pages = Math.min(wanted.length, made.state().length) / made.pageSize;
    const untouched = Array.from({ length: pages }, (_, i) => i + 1).find((page) => !touched.has(page)) ?? 0;
    expect(untouched).toBeGreaterThan(0);
    const [torn = 0] = [...touched].filter((page) => page <= pages);
    const writeTorn = () => made.writeMirror(made.state().fill(0xa5, (torn - 1) * made.pageSize, torn * made.pageSize));
    writeTorn();
    let newestSeen = 0;
    const report = (done: number, total: number) => {
      if (done === total) newestSeen = toTxid + total;
    };
    const request = { toTxid, sinceTxid: toTxid, skip: new Set<number>(), workspaceFile: workspaceFile(), report };
    const computing = contentAt(history, request);
    for (const value of [1, 2, 3]) {
      const next = made.state();
      next.writeInt32LE(value, (untouched - 1) * made.pageSize + 16);
      made.change(next);
    }
    writeTorn();
    await made.writer.flush();
    // One look with the new commits and a mirror that is still torn elsewhere.
    while (newestSeen < 84) await new Promise((resolve) => setTimeout(resolve, 1));
    made.writeMirror(made.state());
    const { workspace, throughTxid } = await computing;
    expect(throughTxid).toBe(84);
    const at = (untouched - 1) * made.pageSize;
    expect(workspace.get(untouched)?.equals(wanted.subarray(at, at + made.pageSize))).toBe(true);
    workspace.close();
  });

  test("what was computed before is left out, and only later commits are looked at", async () => {
    const first = await contentAt(history, {
      toTxid: 40,
      sinceTxid: 40,
      skip: new Set(),
      workspaceFile: workspaceFile(),
    });
    const done = new Set(first.workspace.pages());
    first.workspace.close();
    await made.commit(6);
    const { workspace, throughTxid } = await contentAt(history, {
      toTxid: 40,
      sinceTxid: first.throughTxid,
      skip: done,
      workspaceFile: workspaceFile(),
    });
    expect(throughTxid).toBe(87);
    const wanted = made.states[40] ?? Buffer.alloc(0);
    for (const page of workspace.pages()) {
      expect(done.has(page)).toBe(false);
      const at = (page - 1) * made.pageSize;
      expect(workspace.get(page)?.equals(wanted.subarray(at, at + made.pageSize))).toBe(true);
    }
    workspace.close();
  });

  test("no commit reaches a state that never came back", () => {
    expect(findReaching(history, 40, 41)).toBeNull();
    expect(findReaching(history, 999, 1)).toBeNull();
  });
});

test("pages beyond the limit of memory lie in a file and are the same there", () => {
  const workspace = new PageWorkspace(workspaceFile(), 512, 3 * 512);
  const contentOf = (page: number) => Buffer.alloc(512, page % 251);
  for (let page = 1; page <= 40; page++) workspace.put(page * 7, contentOf(page));
  workspace.put(35 * 7, contentOf(99));
  expect(existsSync(workspaceFile())).toBe(true);
  for (let page = 1; page <= 40; page++) {
    expect(workspace.get(page * 7)?.equals(contentOf(page === 35 ? 99 : page))).toBe(true);
  }
  expect(workspace.get(1)).toBeNull();
  expect([...workspace.pages()]).toHaveLength(40);
  workspace.close();
  expect(existsSync(workspaceFile())).toBe(false);
});
