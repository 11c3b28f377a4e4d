import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { incarnationFolders } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { openHistory } from "../../../lib/engines/postgres/moments/opened-histories.ts";
import { isWorthPruning, planPruning } from "../../../lib/engines/postgres/moments/plan-pruning.ts";
import { pruneCluster } from "../../../lib/engines/postgres/moments/prune-cluster.ts";
import { forgetTold, START_MS, statesOf, story, tell } from "../../world/told-cluster.ts";

afterEach(forgetTold);

test("pruning keeps every state of the window as it was, number and bookmark and a base with its log", () => {
  fc.assert(
    fc.property(story, ({ keep, again, ...rest }) => {
      const { directory, history, seconds } = tell(rest);
      const before = statesOf(openHistory(history, directory));
      for (const share of [keep, Math.max(keep, again)]) {
        const keepFromMs = START_MS + Math.floor(share * seconds) * 1000;
        const oldest = openHistory(history, directory).line.ordinalAt(keepFromMs);
        pruneCluster(history, directory, keepFromMs);
        const opened = openHistory(history, directory);
        const after = new Map(statesOf(opened).map((one) => [one.ordinal, one]));
        for (const state of before) {
          if (state.ordinal >= oldest) expect(after.get(state.ordinal)).toEqual(state);
        }
        expect(isWorthPruning(planPruning(opened, keepFromMs), opened)).toBe(false);
      }
    }),
    { numRuns: 15 },
  );
});

test("a commit after which nothing came until a base was taken is that base's own state; others are replayed", () => {
  const bases = [0, 0.5].map((at) => ({ stretch: 0, at }));
  const { directory, history } = tell({ commits: [6], goBack: [0.5, 0.5], bases });
  const opened = openHistory(history, directory);
  const [first, second] = opened.branchOf(1).bases.map(({ base }) => base.label);
  expect(statesOf(opened).map(({ ordinal, target }) => [ordinal, target])).toEqual([
    [1, `commit ${first}`],
    [2, `commit ${first}`],
    [3, `immediate ${second}`],
    [4, `commit ${second}`],
    [5, `commit ${second}`],
    [6, `commit ${second}`],
  ]);
});

test("a base that nothing in the window needs goes, with the log before the next one, and not without pruning", () => {
  const { directory, history } = tell({
    commits: [12],
    goBack: [0.5, 0.5],
    bases: [
      { stretch: 0, at: 0 },
      { stretch: 0, at: 0.8 },
    ],
  });
  const folder = incarnationFolders(directory, 1);
  const count = () => [readdirSync(folder.bases).length, readdirSync(folder.archive).length];
  const [, segments = 0] = count();
  expect(pruneCluster(history, directory, START_MS + 2000).removedBytes).toBe(0);
  expect(count()).toEqual([2, segments]);
  pruneCluster(history, directory, START_MS + 11_000);
  expect(count()[0]).toBe(1);
  expect(count()[1]).toBeLessThan(segments);
});

test("what was planned to be restored lately stays, however old", () => {
  const { directory, history } = tell({
    commits: [12],
    goBack: [0.5, 0.5],
    bases: [
      { stretch: 0, at: 0 },
      { stretch: 0, at: 0.8 },
    ],
  });
  const [oldest = ""] = readdirSync(incarnationFolders(directory, 1).bases).sort();
  const base = path.join(incarnationFolders(directory, 1).bases, oldest);
  pruneCluster(history, directory, START_MS + 11_000, [{ incarnation: 1, base }]);
  expect(existsSync(base)).toBe(true);
});
