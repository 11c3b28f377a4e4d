import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { eraseCluster } from "../../../lib/engines/postgres/moments/erase-cluster.ts";
import { type OpenedHistory, openHistory } from "../../../lib/engines/postgres/moments/opened-histories.ts";
import { planErasing } from "../../../lib/engines/postgres/moments/plan-erasing.ts";
import { forgetTold, START_MS, statesOf, tell } from "../../world/told-cluster.ts";

afterEach(forgetTold);

const share = (min: number, max: number) => fc.double({ min, max, noNaN: true });
/** A cluster that was set back twice at most, with the base of its first day, and one of each stretch's own at least. */
const story = fc.record({
  commits: fc.array(fc.integer({ min: 6, max: 12 }), { minLength: 2, maxLength: 3 }),
  goBack: fc.array(share(0.1, 0.9), { minLength: 2, maxLength: 2 }),
  own: fc.array(share(0.2, 1), { minLength: 3, maxLength: 3 }),
  more: fc.array(fc.record({ stretch: fc.nat(2), at: share(0, 1) }), { maxLength: 2 }),
  keep: share(0.1, 0.7),
});

const commitsOf = (opened: OpenedHistory) =>
  new Map(statesOf(opened).map(({ target, ...commit }) => [commit.ordinal, commit]));

test("whatever is not older than the announced beginning can be restored afterwards, also where the erasure is refused half-way", () => {
  fc.assert(
    fc.property(story, ({ keep, own, more, ...rest }) => {
      const bases = [{ stretch: 0, at: 0 }, ...own.map((at, stretch) => ({ stretch, at })), ...more];
      const { directory, history, seconds } = tell({ ...rest, bases });
      const fromMs = START_MS + Math.floor(keep * seconds * 1000);
      const opened = openHistory(history, directory);
      const before = commitsOf(opened);
      const { begins } = planErasing(opened, fromMs);
      try {
        eraseCluster(history, directory, fromMs);
      } catch (error) {
        if (!(error instanceof LastgoodError) || error.code !== "conflict") throw error;
      }
      const after = commitsOf(openHistory(history, directory));
      for (const [ordinal, commit] of before) {
        if (begins === null || ordinal >= begins.commit.ordinal) expect(after.get(ordinal)).toEqual(commit);
      }
    }),
    { numRuns: 12 },
  );
});

test("commits of a later stretch that lie before its own first base count as gone, though an older stretch has a base", () => {
  const { directory, history } = tell({
    commits: [12, 12],
    goBack: [0.5, 0.5],
    bases: [
      { stretch: 0, at: 0 },
      { stretch: 0, at: 0.8 },
      { stretch: 1, at: 0.6 },
    ],
  });
  const opened = openHistory(history, directory);
  const { begins } = planErasing(opened, START_MS + 7000);
  expect(begins?.base.label.split(" ")[0]).toBe("2");
  expect(begins?.commit.ordinal).toBeGreaterThan(12 + 6);
  // The control: before the restore the base of then was the beginning.
  const [first] = opened.line.pieces;
  opened.line.pieces.splice(0, opened.line.pieces.length, ...(first ? [first] : []));
  expect(planErasing(opened, START_MS + 7000).begins?.base.label.split(" ")[0]).toBe("1");
});
