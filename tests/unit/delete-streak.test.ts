import { describe, expect, test } from "vitest";
import { DeleteStreak, type Streak } from "../../lib/domain/delete-streak.ts";

/** Commits as [milliseconds, rows]; answers each streak as it was at last. */
function run(commits: Iterable<readonly [number, number]>, streak = new DeleteStreak()): Streak[] {
  const found = new Map<number, Streak>();
  let at = 0;
  for (const [ms, rows] of commits) {
    at += 1;
    const one = streak.add(at, ms, rows);
    if (one) found.set(one.from, { ...one });
  }
  return [...found.values()];
}

function* loop(count: number, everyMs: number, rows = 1, fromMs = 0): Generator<[number, number]> {
  for (let i = 0; i < count; i++) yield [fromMs + i * everyMs, rows];
}

describe("many small deletes in a row", () => {
  test("are one streak, from the first of them on to the last", () => {
    expect(run(loop(12_000, 5))).toMatchObject([
      { from: 1, through: 12_000, fromMs: 0, throughMs: 59_995, rows: 12_000, commits: 12_000, largest: 1 },
    ]);
  });

  test("begin with the loop, and not with the trickle before it", () => {
    const [found] = run([...loop(10, 30_000), ...loop(3_000, 10, 1, 300_000)]);
    expect(found?.rows).toBeGreaterThanOrEqual(3_000);
    expect(found?.rows).toBeLessThan(3_005);
  });

  test("go on beyond a minute as several streaks, which leave nothing out", () => {
    const found = run(loop(60_000, 10));
    expect(found.length).toBeGreaterThan(3);
    expect(found.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(59_000);
  });

  test("of a thousand spread over an hour are none", () => {
    expect(run(loop(1_000, 3_600))).toEqual([]);
  });

  test("of a queue, whose rows come as fast as they go, are none", () => {
    const queue = [...Array(20_000).keys()].map((i) => [i * 5, i % 2 === 0 ? -1 : 1] as const);
    expect(run(queue)).toEqual([]);
  });

  test("one large delete among few others is told by itself", () => {
    expect(run([...loop(20, 100), [2_100, 50_000], ...loop(20, 100, 1, 2_200)])).toEqual([]);
    expect(
      run([
        [0, 5_000],
        [100, 5_000],
        [200, 5_000],
      ]),
    ).toMatchObject([{ rows: 15_000, commits: 3, largest: 5_000 }]);
  });

  test("a clock that falls back takes nothing away", () => {
    expect(run([...loop(600, 10, 1, 50_000), ...loop(600, 10)])).toMatchObject([{ rows: 1_200, commits: 1_200 }]);
  });

  test("go on in another process from what was written down", () => {
    const first = new DeleteStreak();
    for (let i = 1; i <= 1_500; i++) first.add(i, i * 10, 1);
    const next = new DeleteStreak(JSON.parse(JSON.stringify(first.state)));
    expect(next.add(1_501, 15_010, 1)).toMatchObject({ from: 1, rows: 1_501 });
    next.end();
    expect(next.add(1_502, 15_020, 1)).toBeNull();
  });
});
