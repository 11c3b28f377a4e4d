import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { formatLsn } from "../../../lib/domain/cluster-bookmark.ts";
import { type ClusterHistory, incarnationFolders } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { indexFiles } from "../../../lib/engines/postgres/history/index-files.ts";
import { IndexWriter } from "../../../lib/engines/postgres/history/index-writer.ts";
import { segmentName } from "../../../lib/engines/postgres/history/wal-files.ts";
import { chooseBase } from "../../../lib/engines/postgres/moments/choose-base.ts";
import type { ClusterCommit } from "../../../lib/engines/postgres/moments/cluster-line.ts";
import { runsOf } from "../../../lib/engines/postgres/moments/cluster-window.ts";
import { type OpenedHistory, openHistory } from "../../../lib/engines/postgres/moments/opened-histories.ts";
import { isWorthPruning, planPruning } from "../../../lib/engines/postgres/moments/plan-pruning.ts";
import { pruneCluster } from "../../../lib/engines/postgres/moments/prune-cluster.ts";

const SEGMENT_BYTES = 1024 * 1024;
const START_MS = 1_700_000_000_000;
const STEP = 1000;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/**
 * A cluster with up to three stretches: the second goes back into the first's log, the third into the second's. Positions are in
 * steps of 1000 bytes times 100; each stretch's commits come one a second.
 */
const story = fc.record({
  commits: fc.array(fc.integer({ min: 3, max: 12 }), { minLength: 1, maxLength: 3 }),
  goBack: fc.array(fc.double({ min: 0.1, max: 0.9, noNaN: true }), { minLength: 2, maxLength: 2 }),
  bases: fc.array(fc.record({ stretch: fc.nat(2), at: fc.double({ min: 0, max: 1, noNaN: true }) }), { maxLength: 6 }),
  keep: fc.double({ min: -0.1, max: 1.1, noNaN: true }),
  again: fc.double({ min: 0, max: 1, noNaN: true }),
});

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

type State = ClusterCommit & { target: string };

/** Every commit that can be restored, with how. */
function statesOf({ line, branchOf }: OpenedHistory): State[] {
  return runsOf({ line, branchOf }).flatMap(({ from, to }) =>
    Array.from({ length: to - from + 1 }, (_, i) => {
      const commit = line.commit(from + i);
      const piece = line.pieces.find(({ stretch }) => stretch.activation === commit?.activation);
      const chosen = commit && piece ? chooseBase(branchOf(commit.incarnation), piece, commit) : null;
      expect(chosen).not.toBeNull();
      return { ...(commit as ClusterCommit), target: `${chosen?.target} ${chosen?.base.base.label}` };
    }),
  );
}

function tell({
  commits,
  goBack,
  bases,
}: {
  commits: number[];
  goBack: number[];
  bases: { stretch: number; at: number }[];
}) {
  const directory = mkdtempSync(path.join(tmpdir(), "cluster-"));
  folders.push(directory);
  const history: ClusterHistory = {
    version: 1,
    databaseId: "d",
    tag: "0123456789abcdef",
    systemIdentifier: "1",
    serverVersion: 15,
    segmentBytes: SEGMENT_BYTES,
    superuser: "lastgood",
    incarnations: [],
    stretches: [],
    gaps: [],
  };
  const apart = 300 * STEP;
  let [second, lsn] = [0, SEGMENT_BYTES];
  commits.forEach((count, i) => {
    const number = i + 1;
    const parent = history.incarnations.at(-1);
    const parentStart = i === 0 ? 0 : startOf(history, i);
    if (i > 0) lsn = parentStart + Math.floor((goBack[i - 1] ?? 0.5) * (lsn - parentStart));
    const startLsn = lsn;
    const uptoLsn = formatLsn(BigInt(lsn));
    history.incarnations.push({
      number,
      parent: parent ? { incarnation: parent.number, uptoLsn } : null,
      timeline: number,
      slot: "s",
      createdAtMs: 0,
    });
    const endLsn = startLsn + (count + 1) * apart;
    history.stretches.push({
      activation: number,
      incarnation: number,
      timeline: number,
      startedAtMs: 0,
      startLsn: uptoLsn,
      endedAtMs: i === commits.length - 1 ? null : 0,
      endLsn: i === commits.length - 1 ? null : formatLsn(BigInt(endLsn)),
      restoreId: null,
      origin: null,
    });
    writeLog(directory, number, startLsn, count, apart, second);
    for (const { at } of bases.filter(({ stretch }) => stretch === i)) {
      writeBase(directory, number, startLsn + Math.floor(at * count * apart) + STEP);
    }
    second += count;
    lsn = endLsn;
  });
  return { directory, history, seconds: second };
}

const startOf = ({ stretches }: ClusterHistory, i: number) =>
  Number.parseInt(stretches[i - 1]?.startLsn.split("/")[1] ?? "0", 16);

function writeLog(directory: string, number: number, startLsn: number, count: number, apart: number, second: number) {
  const folder = incarnationFolders(directory, number);
  for (const one of [folder.index, folder.archive, folder.bases, folder.wal]) mkdirSync(one, { recursive: true });
  const writer = new IndexWriter(indexFiles(folder.index), SEGMENT_BYTES);
  const first = Math.floor(startLsn / SEGMENT_BYTES);
  writer.begin(number, first, first * SEGMENT_BYTES);
  const archive = (segment: number) => {
    const name = segmentName({ timeline: number, segment }, SEGMENT_BYTES);
    writeFileSync(path.join(folder.archive, `${name}.zst`), "");
    return name;
  };
  for (let i = 0; i < count; i++) {
    const lsn = startLsn + (i + 1) * apart;
    for (let open = writer.open?.segment ?? 0; open < Math.floor(lsn / SEGMENT_BYTES); open++) {
      writer.finish(archive(open), (open + 1) * SEGMENT_BYTES, null, null);
      writer.begin(number, open + 1, (open + 1) * SEGMENT_BYTES);
    }
    writer.add(lsn % SEGMENT_BYTES, (START_MS + (second + i) * 1000) * 1000, true);
  }
  writer.publish(startLsn + (count + 1) * apart);
  writer.close();
}

function writeBase(directory: string, incarnation: number, startLsn: number): void {
  const stopLsn = formatLsn(BigInt(startLsn + STEP));
  const folder = path.join(
    incarnationFolders(directory, incarnation).bases,
    stopLsn.replace("/", "-").padStart(20, "0"),
  );
  mkdirSync(folder, { recursive: true });
  const record = {
    version: 1,
    label: `${incarnation} ${stopLsn}`,
    incarnation,
    timeline: incarnation,
    startLsn: formatLsn(BigInt(startLsn)),
    stopLsn,
    startedAtMs: 0,
    stoppedAtMs: startLsn,
    serverVersion: 15,
    files: [],
    clusterBytes: 0,
  };
  writeFileSync(path.join(folder, "base.json"), JSON.stringify(record));
}
