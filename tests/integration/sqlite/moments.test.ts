import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import {
  findBookmark,
  findTime,
  type WindowPolicy,
  windowOf,
} from "../../../lib/engines/sqlite/restore/find-moment.ts";
import { followState } from "../../../lib/engines/sqlite/restore/follow-state.ts";
import { MadeHistory } from "../../world/made-history.ts";

const DAY_MS = 86_400_000;

let made: MadeHistory;
let history: History;
beforeAll(async () => {
  made = new MadeHistory();
  // Commits at 1000, 1010, … 1050; a gap until 6060; then 6070 to 6100.
  await made.commit(5);
  await made.commit(1, 5000);
  await made.commit(4);
  history = openHistory(made.directory);
});
afterAll(async () => {
  history.close();
  await made.writer.close();
  rmSync(made.directory, { recursive: true, force: true });
});

const policy = (nowMs: number, windowDays = 30): WindowPolicy => ({ windowDays, nowMs, capturedThroughMs: 6500 });
const codeOf = (find: () => unknown) => {
  try {
    find();
    return null;
  } catch (error) {
    const { code, details } = error as { code: string; details: { nearest?: object } };
    return { code, nearest: details.nearest };
  }
};

describe("the recovery window of a history with a gap", () => {
  test("spans end and begin at the gap, the last one where capture is", () => {
    expect(windowOf(history, policy(7000))).toMatchObject({
      spans: [
        { fromMs: 1000, toMs: 1060 },
        { fromMs: 6060, toMs: 6500 },
      ],
      gaps: [{ fromMs: 1060, toMs: 6060 }],
      oldest: { timeMs: 1000 },
      newest: { timeMs: 6100 },
      capturedThroughMs: 6500,
    });
  });

  test("a time means the newest commit at or before it", () => {
    for (const [atMs, txid] of [
      [1000, 1],
      [1009, 1],
      [1010, 2],
      [1055, 6],
      [1060, 6],
      [6060, 7],
      [6105, 11],
      [6400, 11],
    ] as const) {
      expect(findTime(history, atMs, policy(7000)).txid).toBe(txid);
    }
  });

  test("a time within the gap is refused with its two ends", () => {
    for (const atMs of [1061, 3000, 6059]) {
      expect(codeOf(() => findTime(history, atMs, policy(7000)))).toEqual({
        code: "moment_in_gap",
        nearest: { beforeMs: 1060, afterMs: 6060 },
      });
    }
  });

  test("times before the first and after now are refused", () => {
    expect(codeOf(() => findTime(history, 999, policy(7000)))).toEqual({
      code: "moment_outside_window",
      nearest: { afterMs: 1000 },
    });
    expect(codeOf(() => findTime(history, 7001, policy(7000)))).toEqual({
      code: "moment_in_future",
      nearest: { beforeMs: 7000 },
    });
  });

  test("what is older than the policy's days is refused, though its bytes may still be there", () => {
    const nowMs = DAY_MS + 1025;
    const day = policy(nowMs, 1);
    // The window begins at 1025: the state in force then is the commit of 1020.
    expect(findTime(history, 1025, day).txid).toBe(3);
    expect(codeOf(() => findTime(history, 1024, day))).toEqual({
      code: "moment_outside_window",
      nearest: { afterMs: 1025 },
    });
    const bookmarkOf = (txid: number) => {
      const commit = history.byTxid(txid);
      return commit ? history.bookmarkOf(commit) : "";
    };
    expect(findBookmark(history, bookmarkOf(3), day).txid).toBe(3);
    expect(codeOf(() => findBookmark(history, bookmarkOf(2), day))).toMatchObject({ code: "moment_outside_window" });
    expect(findBookmark(history, bookmarkOf(2), null).txid).toBe(2);
    expect(windowOf(history, day)).toMatchObject({ spans: [{ fromMs: 1025 }, {}], oldest: { timeMs: 1020 } });
  });

  test("a window that begins within the gap has its first span behind it", () => {
    const day = policy(DAY_MS + 3000, 1);
    expect(windowOf(history, day)).toMatchObject({ spans: [{ fromMs: 6060, toMs: 6500 }], gaps: [{ fromMs: 3000 }] });
  });
});

test("a state is followed by its number and the time of the next commit; a foreign one is none of this history", () => {
  const bookmarkOf = (txid: number) => {
    const commit = history.byTxid(txid);
    if (!commit) throw new Error("there is such a commit");
    return history.bookmarkOf(commit);
  };
  const newest = history.newest().txid;
  expect(followState(history, bookmarkOf(3))).toEqual({ txid: 3, nextMs: history.byTxid(4)?.timeMs });
  expect(followState(history, bookmarkOf(newest))).toEqual({ txid: newest, nextMs: null });
  const text = bookmarkOf(3);
  const otherRecord = `${text.slice(0, -16)}${"0".repeat(16)}` as Bookmark;
  const otherHistory = `${text.slice(0, -32)}${"0".repeat(16)}${text.slice(-16)}` as Bookmark;
  expect([otherRecord, otherHistory].map((state) => followState(history, state))).toEqual([null, null]);
});
