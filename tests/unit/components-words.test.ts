import { expect, test } from "vitest";
import { readStatus } from "../../components/databases/database-status.ts";
import { notKeptYet } from "../../components/databases/not-kept-yet.ts";
import { isProtectWay, suggestName } from "../../components/databases/protect-ways.ts";
import { answerProtection } from "../../components/databases/protection-answer.ts";
import {
  readMoment,
  toResolveQuestion,
  toRestoreSource,
  writeMoment,
} from "../../components/recovery/chosen-moment.ts";
import { coverOfDay, startOfDay } from "../../components/recovery/day-coverage.ts";
import { findNeighbour } from "../../components/recovery/find-neighbour.ts";
import { refusalOf } from "../../components/recovery/moment-refusal.tsx";
import { readTimelineKey } from "../../components/recovery/timeline/timeline-keys.ts";
import { whatStays } from "../../components/storage/storage-words.ts";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatBookmark } from "../../lib/domain/bookmark.ts";
import type { CaptureState, CaptureStatus } from "../../lib/domain/capture.ts";

const NOW = Date.parse("2026-11-20T14:32:05Z");
const bookmark = (txid: number) => formatBookmark({ txid, historyTag: "a".repeat(16), recordTag: "b".repeat(16) });

function capture(state: CaptureState, change: Partial<CaptureStatus> = {}): CaptureStatus {
  return {
    databaseId: "d",
    state,
    progress: null,
    problem: null,
    last: { bookmark: bookmark(9), timeMs: NOW - 2_000, txid: 9 },
    capturedThroughMs: NOW - 1_000,
    spare: true,
    databaseBytes: 4096,
    historyBytes: 10,
    ...change,
  };
}

function database(name: string, state: CaptureState | null, change: Partial<DatabaseView> = {}): DatabaseView {
  return {
    id: name,
    name,
    namespace: "tidewater",
    engine: "sqlite",
    origin: "attached",
    kind: "project",
    preview: null,
    region: "local",
    path: null,
    windowDays: 30,
    nextWindow: null,
    state: "active",
    problem: null,
    createdAtMs: NOW,
    mayWrite: true,
    capture: state && capture(state),
    lastRestoreId: null,
    zeroLoss: false,
    serverVersion: null,
    ...change,
  };
}

test("the first page's answer names what is not protected", () => {
  const answer = (...list: DatabaseView[]) => answerProtection(list).answer;
  const well = database("billing", "protected");
  expect(answer()).toBe("Nothing is protected yet.");
  expect(answer(well)).toBe("Yes, everything.");
  expect(answer(well, database("identity", "stopped"))).toBe("All but identity.");
  expect(answer(well, database("a", "stopped"), database("b", null))).toBe("All but a and b.");
  expect(answer(database("identity", "stopped"))).toBe("No.");
  expect(answer(database("identity", null))).toBe("Nobody can tell right now.");
  expect(answer(well, database("new", "base"))).toBe("In a moment.");
});

test("what is not known to be protected does not count as protected", () => {
  const list = [database("a", "protected"), database("b", null), database("c", "starting"), database("d", "stopped")];
  expect(answerProtection(list).captured).toBe(1);
  expect(readStatus(database("x", "protected", { state: "failed" })).kind).toBe("unprotected");
  expect(readStatus(database("x", null, { state: "preparing" })).kind).toBe("unknown");
});

test("a database with one keeper only wants attention and is captured all the same", () => {
  const alone = database("a", "protected", { capture: capture("protected", { spare: false }) });
  expect(readStatus(alone)).toMatchObject({ kind: "attention", tone: "warn" });
  expect(answerProtection([alone]).captured).toBe(1);
});

test("a stopped capture tells its own cause and remedy", () => {
  const problem = { cause: "The file was replaced.", remedy: "Attach it again." };
  const stopped = database("a", "stopped", { capture: capture("stopped", { problem }) });
  expect(readStatus(stopped).problem).toEqual(problem);
});

test("what would be missing is nothing acknowledged when hosted, and everything since when stopped", () => {
  expect(notKeptYet(database("a", "protected", { origin: "hosted" }), null, NOW).words).toBe("0 writes");
  expect(notKeptYet(database("a", "protected"), null, NOW).words).toBe("≤ 1 s of writes");
  expect(notKeptYet(database("a", "stopped"), null, NOW + 59_000).words).toBe("the last 1 m");
  expect(notKeptYet(database("a", null), null, NOW).words).toBe("unknown");
});

test("a file's name suggests the database's", () => {
  expect(["/srv/shop/shop.db", "C:\\data\\my shop.sqlite3", "__x y__.db", "/"].map(suggestName)).toEqual([
    "shop",
    "my-shop",
    "x-y__",
    "",
  ]);
  expect(isProtectWay("sample")).toBe(true);
  expect(isProtectWay("delete")).toBe(false);
});

test("a chosen moment survives the address it is written into", () => {
  const moments = [
    { kind: "now" } as const,
    { kind: "time", atMs: NOW } as const,
    { kind: "bookmark", bookmark: bookmark(7), atMs: null } as const,
  ];
  for (const moment of moments) expect(readMoment(new URLSearchParams(writeMoment(moment)))).toEqual(moment);
  expect(readMoment(new URLSearchParams("?at=yesterday"))).toEqual({ kind: "now" });
  expect(readMoment(new URLSearchParams("?bookmark=%27"))).toEqual({ kind: "now" });
});

test("now asks nothing of the server and is no source of a restore", () => {
  expect(toResolveQuestion({ kind: "now" })).toBe(null);
  expect(toRestoreSource({ kind: "now" })).toBe(null);
});

test("a label restores by its id, a commit by its bookmark, a time by itself", () => {
  const label = { kind: "label", snapshotId: "s", label: "v3", bookmark: bookmark(7), atMs: NOW } as const;
  expect(toRestoreSource(label)).toEqual({ snapshotId: "s" });
  expect(toResolveQuestion(label)).toEqual({ bookmark: bookmark(7) });
  expect(toRestoreSource({ kind: "bookmark", bookmark: bookmark(7), atMs: NOW })).toEqual({ bookmark: bookmark(7) });
  expect(toRestoreSource({ kind: "time", atMs: NOW })).toEqual({ timestamp: NOW });
});

test("neighbours are found by the order of bookmarks, also when a commit is not in the list", () => {
  const commits = [2, 4, 6].map((txid) => ({ bookmark: bookmark(txid), txid, timeMs: NOW, pages: 1, bytes: 1 }));
  expect(findNeighbour(commits, bookmark(4), "before")?.txid).toBe(2);
  expect(findNeighbour(commits, bookmark(5), "before")?.txid).toBe(4);
  expect(findNeighbour(commits, bookmark(4), "after")?.txid).toBe(6);
  expect(findNeighbour(commits, bookmark(6), "after")).toBe(null);
});

test("a day begins at its zone's midnight, or right after where midnight is skipped", () => {
  expect(new Date(startOfDay({ year: 2026, month: 11, day: 20 }, "Europe/Berlin")).toISOString()).toBe(
    "2026-11-19T23:00:00.000Z",
  );
  expect(new Date(startOfDay({ year: 2024, month: 9, day: 8 }, "America/Santiago")).toISOString()).toBe(
    "2024-09-08T04:00:00.000Z",
  );
});

test("days are covered in full, in part or not at all", () => {
  const at = (text: string) => Date.parse(`2026-11-${text}:00Z`);
  const window = {
    spans: [
      { fromMs: at("10T12:00"), toMs: at("12T06:00") },
      { fromMs: at("12T09:00"), toMs: at("20T14:00") },
    ],
    gaps: [{ fromMs: at("12T06:00"), toMs: at("12T09:00"), reason: "" }],
    suspect: [],
    damaged: [],
    oldest: null,
    newest: null,
    capturedThroughMs: null,
    windowDays: 30,
  };
  const cover = (day: number) => coverOfDay(window, { year: 2026, month: 11, day }, "UTC", NOW);
  expect([9, 10, 11, 12, 20, 21].map(cover)).toEqual(["none", "full", "full", "partly", "full", "none"]);
});

test("a moment in a gap is refused with the nearest ones that are not", () => {
  const gap = { fromMs: NOW - 9_000, toMs: NOW - 1_000, reason: "The reader was down." };
  const nearest = { beforeMs: gap.fromMs, afterMs: gap.toMs };
  expect(refusalOf({ kind: "gap", gap, nearest })).toEqual({
    cause: "In a gap of 8 s: The reader was down.",
    nearest: [gap.fromMs, gap.toMs],
  });
  expect(refusalOf({ kind: "inside" })).toBe(null);
});

test("keys step by commit, with Shift by second, with Alt by minute, and leave the browser its own", () => {
  const press = (key: string, held: Partial<Record<"shiftKey" | "altKey" | "ctrlKey" | "metaKey", boolean>> = {}) =>
    readTimelineKey({ key, shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...held });
  expect(press("ArrowLeft")).toEqual({ kind: "step", unit: "commit", direction: "before" });
  expect(press("ArrowRight", { shiftKey: true })).toEqual({ kind: "step", unit: "second", direction: "after" });
  expect(press("ArrowRight", { altKey: true })).toEqual({ kind: "step", unit: "minute", direction: "after" });
  expect([press("+"), press("-"), press("Home"), press("n"), press("b")].map((command) => command?.kind)).toEqual([
    "zoom",
    "zoom",
    "end",
    "now",
    "before-mark",
  ]);
  expect([press("+", { ctrlKey: true }), press("Tab"), press("n", { metaKey: true })]).toEqual([null, null, null]);
});

test.each([
  [0, "Nothing lies in till-backups yet: no backup stays behind."],
  [1, "The one backup in till-backups stays there and can be restored."],
  [1234, "The 1,234 backups in till-backups stay there and can be restored."],
])("of a bucket with %i backups to which no new ones go it is said what becomes of them", (backups, words) => {
  expect(whatStays({ bucket: "till-backups", backups })).toBe(words);
});
