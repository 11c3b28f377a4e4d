import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { incarnationFolders } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { type ClusterMoment, resolveInCluster } from "../../../lib/engines/postgres/offline/stored-cluster.ts";

const GOLDEN = path.join(import.meta.dirname, "../../golden/cluster-history-v1");
const { commits } = JSON.parse(readFileSync(path.join(GOLDEN, "expected.json"), "utf8")) as {
  commits: { ordinal: number; bookmark: string; timeMs: number; lsn: number }[];
};
const [oldest, newest] = [commits[0], commits.at(-1)] as [(typeof commits)[0], (typeof commits)[0]];
/** Two neighbours with some milliseconds between them. */
const [earlier, later] = commits
  .map((commit, i) => [commit, commits[i + 1]] as const)
  .find(([one, next], i) => i > 5 && next !== undefined && next.timeMs - one.timeMs > 4) as [
  (typeof commits)[0],
  (typeof commits)[0],
];

let directory: string;

/** A history with every segment of its log in place; what is in them is read by nobody who only asks what a moment means. */
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "stored-cluster-"));
  cpSync(GOLDEN, directory, { recursive: true });
  const { wal, index } = incarnationFolders(directory, 1);
  mkdirSync(wal, { recursive: true });
  for (const name of readdirSync(index)) {
    if (name.endsWith(".rows")) writeFileSync(path.join(wal, name.slice(0, 24)), "");
  }
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const resolve = (moment: ClusterMoment) => resolveInCluster(directory, moment);
const at = (atMs: number): ClusterMoment => ({ kind: "time", atMs, justBefore: false });
const named = (bookmark: string): ClusterMoment => ({ kind: "bookmark", bookmark, justBefore: false });

function writeGap(fromMs: number, toMs: number): void {
  const file = path.join(directory, "history.json");
  const history = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...history, gaps: [{ fromMs, toMs, reason: "The log was not received." }] }));
}

test("a whole history knows what each of its moments means", () => {
  expect(resolve({ kind: "newest", justBefore: false }).bookmark).toBe(newest.bookmark);
  expect(resolve({ kind: "oldest", justBefore: false }).bookmark).toBe(oldest.bookmark);
  expect(resolve(at(later.timeMs - 1)).bookmark).toBe(earlier.bookmark);
  expect(resolve(named(later.bookmark)).bookmark).toBe(later.bookmark);
});

test("a time within a gap means no commit, and the moments around it do", () => {
  writeGap(earlier.timeMs + 1, later.timeMs);
  const refused = expect.objectContaining({ code: "moment_in_gap", message: "The log was not received." });
  expect(() => resolve(at(later.timeMs - 1))).toThrow(refused);
  expect(() => resolve({ ...at(later.timeMs), justBefore: true })).toThrow(refused);
  expect(resolve(at(later.timeMs)).timeMs).toBe(later.timeMs);
  expect(resolve(at(earlier.timeMs)).timeMs).toBe(earlier.timeMs);
  writeGap(oldest.timeMs, newest.timeMs);
  for (const { timeMs } of commits.filter((one) => one.timeMs > oldest.timeMs && one.timeMs < newest.timeMs))
    expect(() => resolve(at(timeMs))).toThrow(refused);
});

test("behind a segment that is not there nothing can be replayed, whichever way it is asked for", () => {
  const { wal } = incarnationFolders(directory, 1);
  const names = readdirSync(wal).sort();
  rmSync(path.join(wal, names[2] ?? ""));
  const reached = resolve({ kind: "newest", justBefore: false });
  const last = commits.find(({ bookmark }) => bookmark === reached.bookmark);
  const next = commits[last?.ordinal ?? 0];
  expect([last?.ordinal ?? 0, next?.ordinal ?? 0]).toEqual([expect.any(Number), (last?.ordinal ?? 0) + 1]);
  const damaged = expect.objectContaining({ code: "history_damaged" });
  expect(() => resolve(at(next?.timeMs ?? 0))).toThrow(damaged);
  expect(() => resolve(named(next?.bookmark ?? ""))).toThrow(damaged);
  expect(() => resolve(named(newest.bookmark))).toThrow(damaged);
  expect(resolve(named(oldest.bookmark)).bookmark).toBe(oldest.bookmark);
});
