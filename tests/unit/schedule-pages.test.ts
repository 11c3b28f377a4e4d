import { describe, expect, test } from "vitest";
import { levelsOff, runsPerDay } from "../../components/schedules/keep-fields.tsx";
import { dayWords } from "../../components/schedules/next-runs.tsx";
import { changeOf, NEW_SCHEDULE, readCron, readDraft } from "../../components/schedules/schedule-form-values.ts";
import { keptWords, outcomeOf, whenWords } from "../../components/schedules/schedule-words.ts";
import { loadRange, loadWords, slotOf, usualLoad } from "../../components/schedules/usual-load.ts";
import type { ScheduleRunView, ScheduleView } from "../../lib/client/schedule-types.ts";
import { parseCron } from "../../lib/domain/cron-expression.ts";
import { runsBetween } from "../../lib/domain/schedule-times.ts";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-11-20T14:32:05Z");

describe("the five fields", () => {
  test("that cannot be read name the one that is wrong, an empty one too", () => {
    expect(readCron(["30", "25", "*", "*", "*"])).toMatchObject({ ok: false, field: "hour" });
    expect(readCron(["30", " ", "*", "*", "*"])).toMatchObject({
      ok: false,
      field: "hour",
      cause: "The hour is empty.",
    });
    expect(readCron(["30", "2", "*", "*", "*"])).toMatchObject({ ok: true });
  });

  test("and the others make a draft, in which no limit is null, and only what was changed is sent", () => {
    const { draft } = readDraft({ ...NEW_SCHEDULE, keepAtMost: " " }, true);
    expect(draft).toMatchObject({ cron: "30 2 * * *", retentionDays: 30, keepAtMost: null, active: true });
    if (!draft) throw new Error("the draft is whole");
    expect(changeOf({ ...draft, retentionDays: 20 } as ScheduleView, draft)).toEqual({ retentionDays: 30 });
    expect(readDraft({ ...NEW_SCHEDULE, retentionDays: "many", name: "" }, true).errors).toMatchObject({
      retentionDays: expect.any(String),
      name: expect.any(String),
    });
  });
});

describe("what is kept", () => {
  const perDay = (cron: string) =>
    runsPerDay(runsBetween(parseCron(cron), "UTC", { afterMs: NOW, upToMs: NOW + 28 * 24 * HOUR }), NOW);

  test.each([
    ["30 2 * * *", 30, 40, 30],
    ["30 2 * * *", 30, null, 30],
    ["0 * * * *", 7, null, 168],
    ["0 * * * *", 7, 50, 50],
    ["30 2 * * 0", 30, null, 5],
    ["30 2 * * *", null, 12, 12],
    ["30 2 * * *", null, null, null],
  ])("of %s for %s days and %s at most levels off at %s", (cron, retentionDays, keepAtMost, expected) => {
    expect(levelsOff({ retentionDays, keepAtMost }, perDay(cron))).toBe(expected);
  });

  test("is told in a few words", () => {
    expect([
      keptWords({ retentionDays: 30, keepAtMost: 40 }),
      keptWords({ retentionDays: 1, keepAtMost: null }),
      keptWords({ retentionDays: null, keepAtMost: 5 }),
      keptWords({ retentionDays: null, keepAtMost: null }),
    ]).toEqual(["30 days, 40 at most", "1 day", "the newest 5", "all of them"]);
  });
});

describe("the usual load", () => {
  const { fromMs, toMs, buckets } = loadRange(NOW);
  const hours = Array.from({ length: buckets }, (_, index) => fromMs + index * HOUR);
  const density = (commitsAt: (day: number, hour: number) => number) => ({
    buckets: hours.map((ms) => {
      const { day, hour } = slotOf(ms + 1, "Europe/Berlin");
      return { fromMs: ms, toMs: ms + HOUR, commits: commitsAt(day, hour), pages: 0 };
    }),
  });
  const week = (cron: string) =>
    runsBetween(parseCron(cron), "Europe/Berlin", { afterMs: NOW, upToMs: NOW + 7 * 24 * HOUR });
  const office = usualLoad(
    density((day, hour) => (day < 5 && hour >= 9 && hour < 17 ? 100 : 2)),
    "Europe/Berlin",
  );

  test("is read in whole hours of four weeks, and laid out by the zone's own clock", () => {
    expect([toMs - fromMs, buckets, toMs % HOUR]).toEqual([28 * 24 * HOUR, 672, 0]);
    expect(office?.[0]?.slice(8, 11)).toEqual([0.02, 1, 1]);
    // The night of 25 October had its third hour twice.
    expect(new Set(office?.[6]?.filter((_, hour) => hour !== 2))).toEqual(new Set([0.02]));
    expect(office?.[6]?.[2]).toBe(0.025);
    expect(
      usualLoad(
        density(() => 0),
        "UTC",
      ),
    ).toBeNull();
  });

  test("says of a schedule whether its hours are quiet, and else which one is", () => {
    if (!office) throw new Error("something was written");
    expect(loadWords(office, week("30 2 * * *"), "Europe/Berlin")).toBe("02:30 is a quiet hour every day.");
    expect(loadWords(office, week("0 3 * * 0"), "Europe/Berlin")).toBe("03:00 is a quiet hour on Sundays.");
    expect(loadWords(office, week("0 2,4 * * 1-5"), "Europe/Berlin")).toBe(
      "Each run is in a quiet hour on each of its days.",
    );
    expect(loadWords(office, week("0 10 * * *"), "Europe/Berlin")).toMatch(
      /day 10:00 is one of the busiest hours; 00:00 is the/,
    );
    expect(loadWords(office, [], "Europe/Berlin")).toBeNull();
  });
});

describe("a run", () => {
  const run = (outcome: ScheduleRunView["outcome"], status?: NonNullable<ScheduleRunView["backup"]>["status"]) =>
    outcomeOf({
      id: "r",
      dueMs: 0,
      decidedAtMs: 0,
      because: null,
      outcome,
      backup: status
        ? { id: "b", key: null, status, sizeBytes: null, startedAtMs: null, finishedAtMs: null, error: null }
        : null,
    });

  test("is told by what came of its backup, and one that made none by that", () => {
    expect([run("started", "completed"), run("caught_up", "completed"), run("started", "failed")]).toEqual([
      { words: "completed", tone: "ok" },
      { words: "completed, caught up", tone: "ok" },
      { words: "failed", tone: "danger" },
    ]);
    expect([run("missed"), run("skipped"), run("started")].map(({ words }) => words)).toEqual([
      "missed",
      "skipped",
      "its backup is gone",
    ]);
  });

  test("has its day by the schedule's zone, with the year where that is another one", () => {
    expect(dayWords(Date.parse("2026-11-20T23:30:00Z"), "Europe/Berlin", NOW)).toBe("Sat 21 Nov");
    expect(dayWords(Date.parse("2027-01-01T01:30:00Z"), "Europe/Berlin", NOW)).toBe("Fri 1 Jan 2027");
  });
});

test("a schedule that this version cannot read is shown as it is written", () => {
  expect(whenWords({ cron: "0 3 * * MON#2", zone: "UTC" })).toBe("0 3 * * MON#2, UTC");
});
