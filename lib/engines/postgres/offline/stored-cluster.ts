import { randomBytes } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { pino } from "pino";
import type { Bookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { placeMoment } from "../../../domain/recovery-window.ts";
import type { RestoreCheck } from "../../../domain/restore-check.ts";
import { runtimePaths } from "../../../runtime-paths.ts";
import { syncDirectory } from "../../../storage/durable-file.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import { clusterPlaces } from "../cluster.ts";
import { readCapturedThrough } from "../history/captured-through.ts";
import { type ClusterHistory, readClusterHistory } from "../history/cluster-history.ts";
import { SegmentKeeper } from "../history/segment-keeper.ts";
import type { ClusterCommit } from "../moments/cluster-line.ts";
import { ClusterMoments } from "../moments/cluster-moments.ts";
import { runsOf, windowOf } from "../moments/cluster-window.ts";
import { damagedHere, inGap } from "../moments/moment-errors.ts";
import { type OpenedHistory, openHistory } from "../moments/opened-histories.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { requirePrograms } from "../programs/find-programs.ts";
import { ReceiverClient } from "../receiver/receiver-client.ts";
import { Recoveries } from "../recovery/recoveries.ts";

/** Nothing of a stored history is too old: the policy's days are only told by the metadata. */
const ALL_DAYS = 36_500;

const log = pino({ level: "silent" });

/** A moment of a stored history, as `resolveStoredMoment` of files has it. */
export type ClusterMoment = { justBefore: boolean } & (
  | { kind: "bookmark"; bookmark: string }
  | { kind: "time"; atMs: number }
  | { kind: "oldest" }
  | { kind: "newest" }
);

/**
 * Makes the index of a history whole that was brought back from its copy: of the log that was still being written then none is shipped.
 * Nobody else may have that history.
 */
export async function indexBroughtBack(directory: string): Promise<void> {
  const { incarnations, segmentBytes } = requireHistory(directory);
  for (const { number } of incarnations) {
    const keeper = new SegmentKeeper({ directory, incarnation: number, segmentBytes, log });
    try {
      await keeper.take();
    } finally {
      await keeper.close();
    }
  }
}

export type StoredClusterWindow = {
  serverVersion: number;
  commits: number;
  oldest: { bookmark: string; timeMs: number } | null;
  newest: { bookmark: string; timeMs: number } | null;
  capturedThroughMs: number | null;
};

/** What a stored history of a cluster holds. Throws `not_found`, `history_damaged`. */
export function describeCluster(directory: string): StoredClusterWindow {
  const history = requireHistory(directory);
  const opened = openHistory(history, directory);
  const [first, last] = endsOf(opened);
  const moment = (commit: ClusterCommit | null) =>
    commit && { bookmark: opened.line.bookmarkOf(commit), timeMs: commit.timeMs };
  return {
    serverVersion: history.serverVersion,
    commits: opened.line.last,
    oldest: moment(first),
    newest: moment(last),
    capturedThroughMs: readCapturedThrough(directory),
  };
}

/**
 * The commit that a moment means, exactly as the running product resolves it. Throws `moment_outside_window`, `moment_in_gap`,
 * `history_damaged`, `invalid_moment`.
 */
export function resolveInCluster(directory: string, moment: ClusterMoment): { bookmark: Bookmark; timeMs: number } {
  const opened = openHistory(requireHistory(directory), directory);
  const { line } = opened;
  const [first, last] = endsOf(opened);
  if (!first || !last) throw outside("Nothing of this history can be restored: it holds no whole base backup.", null);
  let ordinal: number;
  if (moment.kind === "bookmark") {
    ordinal = ordinalOf(opened, moment.bookmark) - (moment.justBefore ? 1 : 0);
  } else if (moment.kind === "time") {
    const atMs = moment.atMs - (moment.justBefore ? 1 : 0);
    requireKnown(opened, directory, atMs, last);
    ordinal = line.ordinalAt(atMs);
  } else {
    ordinal = (moment.kind === "oldest" ? first : last).ordinal - (moment.justBefore ? 1 : 0);
  }
  const commit = line.commit(ordinal);
  if (!commit || ordinal < first.ordinal) throw outside("This moment is before what the history holds.", first);
  requireReachable(opened, commit);
  return { bookmark: line.bookmarkOf(commit), timeMs: commit.timeMs };
}

/** Throws unless a time means a commit for certain: nothing that was committed before it is missing. */
function requireKnown(opened: OpenedHistory, directory: string, atMs: number, last: ClusterCommit): void {
  const { line, branchOf } = opened;
  const throughMs = Math.max(readCapturedThrough(directory) ?? 0, line.settledThroughMs ?? 0, last.timeMs);
  if (atMs > throughMs) {
    throw outside(`This history is complete up to ${new Date(throughMs).toISOString()} and knows nothing later.`, last);
  }
  // Its own end counts as now where this machine's clock is behind.
  const nowMs = Math.max(Date.now(), throughMs);
  const window = windowOf({ line, branchOf, windowDays: ALL_DAYS, nowMs, capturedThroughMs: throughMs });
  const placed = placeMoment(window, atMs, nowMs);
  if (placed.kind === "damaged") throw damagedHere(placed.nearest);
  if (placed.kind === "gap") throw inGap("timestamp", placed.gap, placed.nearest);
}

/** Throws for a commit that no base backup leads to. */
function requireReachable(opened: OpenedHistory, { ordinal }: ClusterCommit): void {
  const runs = runsOf(opened);
  if (runs.some(({ from, to }) => from <= ordinal && ordinal <= to)) return;
  const [before, after] = [runs.findLast(({ to }) => to < ordinal), runs.find(({ from }) => from > ordinal)];
  const timeOf = (at: number | undefined) => (at === undefined ? undefined : opened.line.commit(at)?.timeMs);
  const [beforeMs, afterMs] = [timeOf(before?.to), timeOf(after?.from)];
  const nearest = { ...(beforeMs !== undefined && { beforeMs }), ...(afterMs !== undefined && { afterMs }) };
  throw before?.brokenBehind ? damagedHere(nearest) : inGap("bookmark", null, nearest);
}

export type WriteClusterOrder = {
  /** The history, and the id of its cluster. */
  directory: string;
  databaseId: string;
  to: Bookmark;
  /** Absolute path of a data directory that is not there yet. */
  output: string;
  /** The folder with PostgreSQL's programs; null: where the distribution puts them. */
  programs: string | null;
};

/**
 * Makes a stopped data directory with the state of a commit, every check of a restore passed. Throws `conflict` where there is something,
 * `not_supported` without PostgreSQL of that version, and as a restore does; then nothing is left behind.
 */
export async function writeCluster(
  { directory, databaseId, to, output, programs }: WriteClusterOrder,
  run: Run,
): Promise<{ checks: RestoreCheck[]; serverVersion: number }> {
  if (existsSync(output)) {
    throw new LastgoodError("conflict", `${output} is there already, and nothing is ever overwritten.`, {
      hint: "Name a folder that does not exist.",
    });
  }
  const work = path.join(path.dirname(output), `recovery-${randomBytes(4).toString("hex")}`);
  const paths = { ...runtimePaths(work, work), history: path.dirname(directory) };
  const history = requireHistory(directory);
  const context: PostgresContext = {
    paths,
    programsFolder: programs,
    log,
    receiver: new ReceiverClient(paths),
    attachedCopies: "on",
    places: ({ id }) => ({ ...clusterPlaces(paths, id), history: directory }),
    historyOf: () => history,
    programsOf: () => requirePrograms(programs, history.serverVersion),
  };
  const db: ProtectedDatabase = {
    id: databaseId,
    name: databaseId,
    engine: "postgres",
    origin: "hosted",
    path: output,
    windowDays: ALL_DAYS,
  };
  const recoveries = new Recoveries(context, new ClusterMoments(context));
  try {
    const server = await recoveries.recover(db, to, { id: "offline", purpose: "lasting", stage: "write" }, run);
    await server.stop();
    renameSync(server.directory, output);
    syncDirectory(path.dirname(output));
    return { checks: server.checks, serverVersion: history.serverVersion };
  } finally {
    await recoveries.close();
    rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

function endsOf(opened: OpenedHistory): [ClusterCommit | null, ClusterCommit | null] {
  const runs = runsOf(opened);
  const [first, last] = [runs[0], runs.at(-1)];
  return [first ? opened.line.commit(first.from) : null, last ? opened.line.commit(last.to) : null];
}

function ordinalOf({ line }: OpenedHistory, bookmark: string): number {
  for (let ordinal = line.last; ordinal > 0; ordinal--) {
    const commit = line.commit(ordinal);
    if (!commit) break;
    if (line.bookmarkOf(commit) === bookmark) return ordinal;
  }
  throw new LastgoodError("invalid_moment", "This bookmark names no commit of this history.", {
    hint: "Copy it again as a whole, or give a time.",
  });
}

function outside(message: string, nearest: ClusterCommit | null): LastgoodError {
  const hint = nearest
    ? `The nearest one that can be restored is of ${new Date(nearest.timeMs).toISOString()}.`
    : "Choose another copy.";
  return new LastgoodError("moment_outside_window", message, { hint });
}

/** The history of a cluster in a folder. Throws `not_found`, `history_damaged`. */
export function requireHistory(directory: string): ClusterHistory {
  const history = readClusterHistory(directory);
  if (history) return history;
  throw new LastgoodError("not_found", `${directory} holds no history of a cluster.`, {
    hint: "Name the folder with history.json.",
  });
}
