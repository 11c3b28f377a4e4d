import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alignedInstants, layoutAxis } from "../../components/recovery/timeline/axis-ticks.ts";
import { layoutBars } from "../../components/recovery/timeline/layout-bars.ts";
import { commitRange, layoutCommits } from "../../components/recovery/timeline/layout-commits.ts";
import { layoutCoverage, layoutGapWords } from "../../components/recovery/timeline/layout-coverage.ts";
import { layoutMarks, type Mark } from "../../components/recovery/timeline/layout-marks.ts";
import { snapMoment } from "../../components/recovery/timeline/snap-moment.ts";
import { createTimeScale } from "../../components/recovery/timeline/time-scale.ts";
import {
  bucketRange,
  clampView,
  revealMoment,
  viewAround,
  windowRange,
  zoomOf,
  zoomView,
} from "../../components/recovery/timeline/view-range.ts";
import { type Bookmark, formatBookmark } from "../../lib/domain/bookmark.ts";
import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-11-20T14:32:05Z");
const bookmark = (txid: number): Bookmark =>
  formatBookmark({ txid, historyTag: "a".repeat(16), recordTag: "b".repeat(16) });
const commit = (txid: number, timeMs: number, pages = 1) => ({
  bookmark: bookmark(txid),
  txid,
  timeMs,
  pages,
  bytes: 100,
});

const windowOf = (change: Partial<RecoveryWindow> = {}): RecoveryWindow => ({
  spans: [
    { fromMs: NOW - 2 * DAY, toMs: NOW - HOUR },
    { fromMs: NOW - HOUR / 2, toMs: NOW },
  ],
  gaps: [{ fromMs: NOW - HOUR, toMs: NOW - HOUR / 2, reason: "keepers were down" }],
  suspect: [],
  damaged: [],
  oldest: { bookmark: bookmark(1), timeMs: NOW - 2 * DAY },
  newest: { bookmark: bookmark(99), timeMs: NOW },
  capturedThroughMs: NOW,
  windowDays: 30,
  ...change,
});

describe("the view", () => {
  const window = { fromMs: NOW - 30 * DAY, toMs: NOW };

  test("stays within the window and shows a little of what has not happened yet", () => {
    const view = viewAround(NOW, HOUR, window);
    expect(view.toMs - view.fromMs).toBe(HOUR);
    expect(view.toMs).toBe(NOW + HOUR * 0.05);
    expect(clampView({ fromMs: 0, toMs: HOUR }, window).fromMs).toBe(window.fromMs);
  });

  test("keeps the moment under the pointer where it is while zooming", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        fc.double({ min: 0.3, max: 3, noNaN: true }),
        (share, factor) => {
          const view = { fromMs: NOW - 10 * DAY, toMs: NOW - 8 * DAY };
          const fixedMs = view.fromMs + share * (view.toMs - view.fromMs);
          const zoomed = zoomView(view, factor, fixedMs, window);
          const shareAfter = (fixedMs - zoomed.fromMs) / (zoomed.toMs - zoomed.fromMs);
          expect(shareAfter).toBeCloseTo(share, 6);
        },
      ),
    );
  });

  test("moves only when the moment would leave it", () => {
    const view = { fromMs: NOW - HOUR, toMs: NOW };
    expect(revealMoment(view, NOW - HOUR / 2, window)).toBe(view);
    const moved = revealMoment(view, NOW - 5 * HOUR, window);
    expect(moved.fromMs).toBeLessThan(NOW - 5 * HOUR);
    expect(moved.toMs - moved.fromMs).toBe(HOUR);
  });

  test("names its zoom", () => {
    expect(zoomOf({ fromMs: 0, toMs: HOUR })).toBe("1h");
    expect(zoomOf({ fromMs: 0, toMs: HOUR * 1.7 })).toBe(null);
  });

  test("asks for whole round buckets that cover it, at most as many in view as wanted", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 41 }), fc.integer({ min: 100, max: 40 * DAY }), (fromMs, spanMs) => {
        const asked = bucketRange({ fromMs, toMs: fromMs + spanMs }, 180);
        const stepMs = (asked.toMs - asked.fromMs) / asked.buckets;
        expect(Number.isInteger(stepMs)).toBe(true);
        expect(asked.fromMs % stepMs).toBe(0);
        expect(asked.fromMs).toBeLessThanOrEqual(fromMs);
        expect(asked.toMs).toBeGreaterThanOrEqual(fromMs + spanMs);
        expect(Math.floor(spanMs / stepMs)).toBeLessThanOrEqual(180);
      }),
    );
  });

  test("asks the same question while it moves by less than a bar", () => {
    const view = { fromMs: NOW - (NOW % 160_000), toMs: NOW - (NOW % 160_000) + HOUR };
    expect(bucketRange({ fromMs: view.fromMs + 9_000, toMs: view.toMs + 9_000 }, 180)).toEqual(bucketRange(view, 180));
  });
});

test("the window's scale of a young history begins with it, not thirty days before", () => {
  const range = windowRange(NOW, 30, NOW - 2 * HOUR);
  expect(NOW - range.fromMs).toBeLessThan(2.1 * HOUR);
  expect(windowRange(NOW, 30, NOW - 60 * DAY).fromMs).toBe(NOW - 30 * DAY);
  expect(NOW - windowRange(NOW, 30, NOW - 1_000).fromMs).toBe(5 * 60_000);
});

describe("the axis", () => {
  test("has ticks on whole units and never closer than their words are wide", () => {
    for (const spanMs of [100, 1_000, 60_000, HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY]) {
      const axis = layoutAxis(createTimeScale({ fromMs: NOW - spanMs, toMs: NOW }, 784), "Europe/Berlin", "UTC", NOW);
      const gaps = axis.ticks.slice(1).map((tick, index) => tick.x - (axis.ticks[index]?.x ?? 0));
      expect(Math.min(...gaps), String(spanMs)).toBeGreaterThan(40);
      expect(axis.ticks.length, String(spanMs)).toBeGreaterThan(2);
    }
  });

  test("follows midnight through a change of the clocks", () => {
    const days = alignedInstants(
      Date.parse("2026-10-23T12:00:00Z"),
      Date.parse("2026-10-28T12:00:00Z"),
      DAY,
      "Europe/Berlin",
    );
    expect(days.map((ms) => new Date(ms).toISOString().slice(5, 16))).toEqual([
      "10-23T22:00",
      "10-24T22:00",
      "10-25T23:00",
      "10-26T23:00",
      "10-27T23:00",
    ]);
  });

  test("writes an hour that happens twice two times, with its offset", () => {
    const scale = createTimeScale(
      { fromMs: Date.parse("2026-10-24T23:30:00Z"), toMs: Date.parse("2026-10-25T03:30:00Z") },
      784,
    );
    expect(
      layoutAxis(scale, "Europe/Berlin", null, NOW)
        .ticks.map((tick) => tick.label)
        .filter((label) => label.startsWith("02:00")),
    ).toEqual(["02:00 +2", "02:00 +1"]);
  });

  test("begins weeks on Mondays", () => {
    const weeks = alignedInstants(NOW - 30 * DAY, NOW, 7 * DAY, "UTC");
    expect(weeks.map((ms) => new Date(ms).getUTCDay())).toEqual(weeks.map(() => 1));
  });
});

describe("bars", () => {
  const scale = createTimeScale({ fromMs: 0, toMs: 10_000 }, 100);
  const buckets = (counts: number[]) =>
    counts.map((commits, index) => ({ fromMs: index * 1000, toMs: (index + 1) * 1000, commits, pages: commits }));
  const shape = { base: 50, height: 40, cursorMs: null, nowMs: 10_000 };

  test("of the highest bucket reach the top, of an empty one there is none", () => {
    const bars = layoutBars(buckets([0, 4, 2]), scale, shape);
    expect(bars.before).toBe("M10 50V10H19V50zM20 50V30H29V50z");
    expect(bars.topPerSecond).toBe(4);
  });

  test("share a top that is a round number, so that its line can be written on", () => {
    for (const most of [1, 7, 13, 46, 998]) {
      const { topPerSecond } = layoutBars(buckets([1, most]), scale, shape);
      expect(topPerSecond).toBeGreaterThanOrEqual(most);
      expect(topPerSecond).toBeLessThanOrEqual(most * 1.5);
      expect(String(topPerSecond).replace(/0+$/, "").length).toBeLessThanOrEqual(2);
    }
  });

  test("in which the cursor stands are divided there", () => {
    const bars = layoutBars(buckets([0, 4]), scale, { ...shape, cursorMs: 1500 });
    expect(bars.before).toBe("M10 50V10H15V50z");
    expect(bars.after).toBe("M15 50V10H19V50z");
  });

  test("that tower over the rest are cut and keep their number", () => {
    const many = Array.from({ length: 60 }, (_, index) => ({
      fromMs: index * 100,
      toMs: index * 100 + 100,
      commits: index === 30 ? 900 : 3,
      pages: 1,
    }));
    const bars = layoutBars(many, createTimeScale({ fromMs: 0, toMs: 10_000 }, 500), shape);
    expect(bars.spikes).toHaveLength(1);
    expect(bars.spikes[0]).toMatchObject({ commits: 900, perSecond: 9000 });
    expect(bars.topPerSecond).toBeLessThan(60);
  });

  test("that would be too thin to be seen are joined with their neighbours, always the same ones", () => {
    const thin = Array.from({ length: 100 }, (_, index) => ({
      fromMs: index * 100,
      toMs: index * 100 + 100,
      commits: 1,
      pages: 1,
    }));
    const bars = layoutBars(thin, scale, shape);
    expect(bars.before.match(/M/g)?.length).toBe(34);
    const moved = layoutBars(thin.slice(1), scale, shape);
    expect(moved.before.split("z").slice(1, -1)).toEqual(bars.before.split("z").slice(1, -1));
  });

  test("never reach into the future", () => {
    const bars = layoutBars(buckets([1, 1]), scale, { ...shape, nowMs: 1_500 });
    expect(Math.max(...[...bars.before.matchAll(/H([\d.]+)/g)].map((match) => Number(match[1])))).toBeLessThanOrEqual(
      15,
    );
  });
});

describe("coverage", () => {
  const scale = createTimeScale({ fromMs: NOW - 2 * HOUR, toMs: NOW }, 200);

  test("is cut by a gap, which keeps its reason and is never thinner than it can be seen", () => {
    const { covered, gaps } = layoutCoverage(windowOf(), scale, NOW, null);
    expect(covered).toEqual([
      { x: 0, width: 100 },
      { x: 150, width: 50 },
    ]);
    expect(gaps).toMatchObject([{ x: 100, width: 50, reason: "keepers were down", open: false }]);
    const short = windowOf({ gaps: [{ fromMs: NOW - HOUR, toMs: NOW - HOUR + 10, reason: "short" }] });
    expect(layoutCoverage(short, scale, NOW, null).gaps[0]?.width).toBe(4);
  });

  test("names its gaps where there is room, each name clear of the others", () => {
    const wide = { fromMs: 0, toMs: 600_000, reason: "", open: false };
    const words = layoutGapWords(
      [
        { ...wide, x: 100, width: 40 },
        { ...wide, x: 150, width: 20 },
        { ...wide, x: 400, width: 4 },
        { ...wide, x: 790, width: 10 },
      ],
      800,
    );
    expect(words.map((one) => one.text)).toEqual(["gap 10 m", "gap 10 m"]);
    expect(words[1] && words[1].x + words[1].width).toBeLessThanOrEqual(798);
  });

  test("of a stopped capture ends in an open gap up to now", () => {
    const { gaps } = layoutCoverage(windowOf({ gaps: [] }), scale, NOW, NOW - HOUR);
    expect(gaps).toMatchObject([{ x: 100, width: 100, open: true }]);
  });
});

describe("marks", () => {
  const scale = createTimeScale({ fromMs: 0, toMs: 1_000 }, 1_000);
  const mark = (id: string, ms: number, kind: Mark["kind"] = "label"): Mark => ({
    id,
    ms,
    kind,
    bookmark: null,
    words: "before-migration",
  });

  test("have words where there is room and stand in two lanes", () => {
    const placed = layoutMarks([mark("a", 100), mark("b", 110, "restore"), mark("c", 600)], scale, { cursorMs: null });
    expect(placed.map((entry) => [entry.marks[0].id, entry.lane, entry.text])).toEqual([
      ["a", 0, "before-migration"],
      ["c", 0, "before-migration"],
      ["b", 1, "before-migration"],
    ]);
  });

  test("the mark nearest to the cursor keeps its words, shortened where there is little room", () => {
    const placed = layoutMarks([mark("a", 100), mark("b", 180), mark("c", 260)], scale, { cursorMs: 179 });
    expect(placed[1]?.text).toMatch(/^befo.*…$/);
    expect(placed[0]?.text).toBe(null);
  });

  test("that lie on each other become one with their number", () => {
    const placed = layoutMarks([mark("a", 100), mark("b", 104), mark("c", 118)], scale, { cursorMs: null });
    expect(placed).toHaveLength(1);
    expect(placed[0]?.text).toBe("3 marks");
  });

  test("never cover another, whatever stands on them", () => {
    const times = fc.uniqueArray(fc.integer({ min: 30, max: 970 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(times, (all) => {
        const placed = layoutMarks(
          all.map((ms) => mark(String(ms), ms)),
          scale,
          { cursorMs: null },
        );
        const boxes = placed.sort((a, b) => a.left - b.left);
        for (const [index, box] of boxes.entries()) {
          const next = boxes[index + 1];
          if (next) expect(box.left + box.width).toBeLessThanOrEqual(next.left);
        }
      }),
    );
  });
});

describe("the commits' scale", () => {
  test("is ten seconds, and closer where commits are too dense", () => {
    const sparse = [commit(1, NOW - 4_000), commit(2, NOW)];
    expect(commitRange(sparse, NOW, 784)).toEqual({ fromMs: NOW - 5_000, toMs: NOW + 5_000 });
    const dense = Array.from({ length: 400 }, (_, index) => commit(index + 1, NOW - 2_000 + index * 10));
    const range = commitRange(dense, NOW, 784);
    expect(range.toMs - range.fromMs).toBe(1_000);
  });

  test("tells commits of one millisecond apart by their order", () => {
    const commits = [commit(1, NOW), commit(2, NOW), commit(3, NOW)];
    const { stalks } = layoutCommits(commits, { fromMs: NOW - 5, toMs: NOW + 5 }, 100, {
      ms: NOW,
      bookmark: bookmark(2),
    });
    expect(stalks.map((stalk) => stalk.after)).toEqual([false, false, true]);
  });
});

describe("the cursor", () => {
  test("snaps out of a gap to the nearer edge and says so", () => {
    const snapped = snapMoment(windowOf(), NOW - HOUR / 2 - 60_000, NOW);
    expect(snapped.ms).toBe(NOW - HOUR / 2);
    expect(snapped.why).toMatch(/gap of 30 m/);
    expect(snapMoment(windowOf(), NOW - HOUR + 60_000, NOW).ms).toBe(NOW - HOUR);
  });

  test("stays between the oldest moment and now", () => {
    expect(snapMoment(windowOf(), NOW + 5, NOW).ms).toBe(NOW);
    expect(snapMoment(windowOf(), NOW - 3 * DAY, NOW).ms).toBe(NOW - 2 * DAY);
    expect(snapMoment(windowOf(), NOW - 1_000, NOW)).toEqual({ ms: NOW - 1_000, why: null });
  });
});
