import { describe, expect, test } from "vitest";
import { layoutCommits } from "../../components/recovery/timeline/layout-commits.ts";
import { layoutMarkedStalks } from "../../components/recovery/timeline/layout-marked-stalks.ts";
import { layoutMarks } from "../../components/recovery/timeline/layout-marks.ts";
import { createTimeScale } from "../../components/recovery/timeline/time-scale.ts";
import { toTimelineMark } from "../../components/recovery/to-timeline-mark.ts";
import { formatBookmark } from "../../lib/domain/bookmark.ts";
import type { CommitMark } from "../../lib/domain/commit-mark.ts";

const bookmark = (txid: number) => formatBookmark({ txid, historyTag: "a".repeat(16), recordTag: "b".repeat(16) });
const commit = (txid: number, timeMs: number) => ({ bookmark: bookmark(txid), txid, timeMs, pages: 1, bytes: 100 });

describe("a large delete", () => {
  const wiped: CommitMark = {
    id: "delete-7",
    kind: "delete",
    timeMs: 500,
    bookmark: bookmark(7),
    txid: 7,
    before: { bookmark: bookmark(6), timeMs: 400 },
    words: "DELETE 80,346 rows",
    table: "invoices",
    rows: 80_346,
    commits: 1,
    throughMs: 500,
    exact: true,
  };

  test("is said with its table, in short for a phone, and with about while it is an estimate", () => {
    expect(toTimelineMark(wiped)).toMatchObject({
      words: "DELETE 80,346 rows",
      sentence: "DELETE FROM invoices · 80,346 rows",
      brief: "80,346",
      isLoss: true,
      before: { bookmark: bookmark(6) },
    });
    const guessed = { ...wiped, words: "DELETE about 80,000 rows", table: null, rows: 80_123, exact: false };
    expect(toTimelineMark(guessed)).toMatchObject({ sentence: "DELETE about 80,000 rows", brief: "about 80,123" });
    const altered: CommitMark = { ...wiped, kind: "schema", words: "ALTER TABLE invoices", rows: null };
    expect(toTimelineMark(altered)).toMatchObject({ sentence: "ALTER TABLE invoices", isLoss: false, brief: null });
    expect(toTimelineMark({ ...altered, words: "DROP TABLE invoices", rows: 12 })).toMatchObject({
      sentence: "DROP TABLE invoices · 12 rows",
      isLoss: true,
    });
  });

  test("has the moment before it as part of its chip, and on a phone its number alone", () => {
    const scale = createTimeScale({ fromMs: 0, toMs: 1_000 }, 784);
    const [wide] = layoutMarks([toTimelineMark(wiped)], scale, { cursorMs: null });
    expect(wide).toMatchObject({ text: "DELETE 80,346 rows", hasBefore: true, lane: 1 });
    const [narrow] = layoutMarks([toTimelineMark(wiped)], scale, { cursorMs: null, wordsLength: 14, narrow: true });
    expect(narrow).toMatchObject({ text: "80,346", hasBefore: false });
  });

  test("just after the cursor stands right of its line", () => {
    const scale = createTimeScale({ fromMs: 0, toMs: 1_000 }, 784);
    const [placed] = layoutMarks([toTimelineMark(wiped)], scale, { cursorMs: 498 });
    expect(placed?.left).toBeGreaterThan(scale.x(498));
  });

  test("stands on its commit's stalk with its words, which never lie on what was asked or on each other", () => {
    const commits = [commit(5, 100), commit(7, 500), commit(8, 540)];
    const { stalks } = layoutCommits(commits, { fromMs: 0, toMs: 1_000 }, 784, null);
    const later: CommitMark = {
      ...wiped,
      id: "schema-8",
      kind: "schema",
      bookmark: bookmark(8),
      words: "DROP INDEX i",
    };
    const marked = layoutMarkedStalks(stalks, [toTimelineMark(later), toTimelineMark(wiped)], 784, 380);
    expect(marked.map(({ mark, text }) => [mark.id, text])).toEqual([
      ["delete-7", "DELETE FROM invoices · 80,346 rows"],
      ["schema-8", null],
    ]);
    const atEnd = layoutMarkedStalks(stalks, [toTimelineMark(wiped)], 420, 380);
    expect(atEnd.map(({ text }) => text)).toEqual([null]);
  });
});
