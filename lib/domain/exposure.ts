import type { CaptureStatus } from "./capture.ts";
import { parseCron } from "./cron-expression.ts";
import { runsBetween } from "./schedule-times.ts";
import type { SecondCopyState } from "./second-copy.ts";

/**
 * Exposure: what would be lost if the machine of a database died this moment, disks and all, from which copy it would come back, and how long
 * that takes. Times are Unix milliseconds.
 */

/** A copy beside the history on the agent's machine. `second_copy`: of the whole history; `backup`: of one state. */
export type ExposureCopy = {
  kind: "second_copy" | "backup";
  /** `this_machine`: it would be lost with the database. */
  place: "elsewhere" | "this_machine";
  /** Of a backup that lies in one. */
  bucket: string | null;
  /** Of a backup: its key. */
  key: string | null;
  /** The newest state that it holds. */
  bookmark: string | null;
  timeMs: number;
  /** Whether it is sealed with the operator's key, without which nothing comes back. */
  needsKey: boolean;
  /** The address of its store is one of this machine, so that nobody can tell whether it lies elsewhere. */
  isNear: boolean;
  /** Why nothing may come back from it, for people; null: nothing is known against it. */
  problem: string | null;
  /** Since when it does not keep up; null: it does. Why, its operator is told. */
  behindSinceMs: number | null;
  /** Of it: what would be lost if one came back from it. */
  lost: ExposureLoss;
};

/**
 *   nothing     what was written is there again
 *   some        `commits` of the last `seconds`
 *   everything  there is no copy on another machine
 *   past        the database is on another machine and stays; what Lastgood kept of it is on this one alone
 *   unknown     the agent does not answer
 */
export type ExposureLossKind = "nothing" | "some" | "everything" | "past" | "unknown";
export type ExposureLoss = {
  kind: ExposureLossKind;
  /** Commits of the history that no copy elsewhere holds; null: how many is not known. */
  commits: number | null;
  /** Whole seconds since the oldest of them, rounded up; null where that is not known or nothing is kept elsewhere. */
  seconds: number | null;
  sinceMs: number | null;
  /** Beside them there is what was written and is in no history, as capture does not run or is behind. */
  andUncaptured: boolean;
};

/** How long coming back takes, measured. A drill's and a restore's began with the history on the machine. */
export type MeasuredRecovery = { ms: number; by: "drill" | "restore"; atMs: number; id: string };

/** Whether a restore of it was ever proven, and whether that still holds. */
export type RestoreProof = {
  /** `failed`: the newest drill that ended did; `overdue`: its plan asked for one that did not pass since. */
  state: "proven" | "failed" | "overdue" | "never";
  /** Of the newest passed drill. */
  atMs: number | null;
  recoveryMs: number | null;
  drillId: string | null;
  /** The newest drill that failed since. */
  failedDrillId: string | null;
  failedAtMs: number | null;
  /** When the drill that is missing was due. */
  dueMs: number | null;
};

export type Exposure = {
  databaseId: string;
  database: string;
  measuredAtMs: number;
  /**
   * Every commit until then is counted. What was committed since may be lost as well: no figure that anybody was told can know it. Null: its
   * agent does not say.
   */
  countedUntilMs: number | null;
  lost: ExposureLoss;
  /** The copies, the one that one would come back from first, those on this machine last. */
  copies: ExposureCopy[];
  /** Whether the history lies on the same disk as the database; null: not known, or it is no file here. */
  sharesDisk: boolean | null;
  recovery: MeasuredRecovery | null;
  proof: RestoreProof;
};

/** What would be lost of everything together. */
export type WholeExposure = {
  measuredAtMs: number;
  /** The worst that is known of any of them, with the commits of all. */
  lost: ExposureLoss;
  databases: Exposure[];
};

/** What the agent knows of the commits after a state. `commits` is null where that state is none of this history. */
export type CommitsSince = { bookmark: string; commits: number | null; firstMs: number | null };

/** What the agent of a database knows about it right now. */
export type LiveFacts = {
  capture: CaptureStatus | null;
  /** In the order of the question. */
  since: CommitsSince[];
  sharesDisk: boolean | null;
  /** Whether the database is a server on another machine than the agent's. */
  isElsewhere: boolean;
};

export type CopyFacts = Omit<ExposureCopy, "lost">;

export type ExposureFacts = {
  database: { id: string; name: string; engine: string; origin: string };
  /** Null: its agent does not answer. */
  live: LiveFacts | null;
  copies: readonly CopyFacts[];
  recovery: MeasuredRecovery | null;
  proof: RestoreProof;
  nowMs: number;
};

/** So much later than the newest captured commit a cluster's log may be before that counts as being behind. */
const LAG_MS = 1_000;

/** What would be lost of one database, by what is known of it. */
export function measureExposure({ database, live, copies, recovery, proof, nowMs }: ExposureFacts): Exposure {
  const uncapturedSinceMs = live && uncapturedSince(live.capture, nowMs);
  const measured = copies.map(
    (copy): ExposureCopy => ({ ...copy, lost: lossFrom(copy, live, uncapturedSinceMs, nowMs) }),
  );
  const inOrder = measured.toSorted(
    (a, b) =>
      Number(isLostWithIt(a)) - Number(isLostWithIt(b)) ||
      Number(a.problem !== null) - Number(b.problem !== null) ||
      compareLosses(a.lost, b.lost) ||
      b.timeMs - a.timeMs,
  );
  return {
    databaseId: database.id,
    database: database.name,
    measuredAtMs: nowMs,
    countedUntilMs: live?.capture ? countedUntil(live.capture, nowMs) : null,
    lost: lossOf(database, inOrder.find(isUsable) ?? null, live, uncapturedSinceMs !== null),
    copies: inOrder,
    sharesDisk: live?.sharesDisk ?? null,
    recovery,
    proof,
  };
}

/** The copy that one would come back from; null: there is none on another machine. */
export function bestCopy({ copies }: Pick<Exposure, "copies">): ExposureCopy | null {
  return copies.find(isUsable) ?? null;
}

const isLostWithIt = ({ place }: CopyFacts) => place === "this_machine";
const isUsable = (copy: CopyFacts) => !isLostWithIt(copy) && copy.problem === null;

const NOTHING: ExposureLoss = { kind: "nothing", commits: 0, seconds: 0, sinceMs: null, andUncaptured: false };

function lossOf(
  { engine, origin }: ExposureFacts["database"],
  best: ExposureCopy | null,
  live: LiveFacts | null,
  andUncaptured: boolean,
): ExposureLoss {
  if (live?.isElsewhere) return best ? NOTHING : { ...NOTHING, kind: "past", seconds: null };
  if (best) return best.lost;
  // Only its agent knows where the server of an attached cluster is.
  const kind = live === null && engine === "postgres" && origin === "attached" ? "unknown" : "everything";
  return { kind, commits: null, seconds: null, sinceMs: null, andUncaptured };
}

function lossFrom(
  copy: CopyFacts,
  live: LiveFacts | null,
  uncapturedSinceMs: number | null,
  nowMs: number,
): ExposureLoss {
  const since = live?.since.find(({ bookmark }) => bookmark === copy.bookmark);
  const andUncaptured = uncapturedSinceMs !== null;
  if (!live?.capture) return loss("unknown", null, copy.timeMs, false, nowMs);
  const commits = since?.commits ?? null;
  if (commits === 0 && !andUncaptured) return NOTHING;
  const firstMs = commits === 0 ? null : (since?.firstMs ?? copy.timeMs);
  const sinceMs = Math.min(firstMs ?? Number.POSITIVE_INFINITY, uncapturedSinceMs ?? Number.POSITIVE_INFINITY);
  return loss("some", commits, sinceMs, andUncaptured, nowMs);
}

function loss(
  kind: ExposureLossKind,
  commits: number | null,
  sinceMs: number,
  andUncaptured: boolean,
  nowMs: number,
): ExposureLoss {
  return { kind, commits, seconds: Math.ceil(Math.max(0, nowMs - sinceMs) / 1000), sinceMs, andUncaptured };
}

function countedUntil({ capturedThroughMs, last }: CaptureStatus, nowMs: number): number | null {
  const throughMs = capturedThroughMs ?? last?.timeMs ?? null;
  return throughMs === null ? null : Math.floor(Math.min(throughMs, nowMs));
}

/** Since when there may be writes that no history has; null: each is captured. */
function uncapturedSince(capture: CaptureStatus | null, nowMs: number): number | null {
  if (!capture) return null;
  const throughMs = capture.capturedThroughMs ?? capture.last?.timeMs ?? null;
  if (capture.state !== "protected") return Math.min(throughMs ?? nowMs, nowMs);
  const health = capture.cluster;
  if (!health || health.zeroLoss === "on" || health.lagMs === null) return null;
  return (health.lagBytes ?? 0) > 0 && health.lagMs >= LAG_MS ? nowMs - health.lagMs : null;
}

/** From the smallest loss to the largest. */
const GRAVITY: Record<ExposureLossKind, number> = { nothing: 0, some: 1, past: 2, unknown: 3, everything: 4 };

function compareLosses(a: ExposureLoss, b: ExposureLoss): number {
  const most = Number.MAX_SAFE_INTEGER;
  return (
    GRAVITY[a.kind] - GRAVITY[b.kind] ||
    (a.commits ?? most) - (b.commits ?? most) ||
    (a.seconds ?? most) - (b.seconds ?? most)
  );
}

/** What would be lost of all together: as bad as the worst of them, the commits added up. */
export function wholeExposure(databases: readonly Exposure[], nowMs: number): WholeExposure {
  const losses = databases.map(({ lost }) => lost);
  const worst = losses.toSorted(compareLosses).at(-1);
  const some = losses.filter(({ kind }) => kind === "some" || kind === "unknown");
  const since = some.flatMap(({ sinceMs }) => sinceMs ?? []);
  const sinceMs = since.length > 0 ? Math.min(...since) : null;
  const isKnown = losses.every(({ commits }) => commits !== null);
  const lost: ExposureLoss = worst
    ? {
        kind: worst.kind,
        commits: isKnown ? losses.reduce((sum, { commits }) => sum + (commits ?? 0), 0) : null,
        seconds: worst.kind === "everything" ? null : Math.max(0, ...some.map(({ seconds }) => seconds ?? 0)),
        sinceMs,
        andUncaptured: losses.some(({ andUncaptured }) => andUncaptured),
      }
    : NOTHING;
  return { measuredAtMs: nowMs, lost, databases: [...databases] };
}

/** The second copy as one that one could come back from; null: nothing of it is anywhere yet. */
export function asCopy(copy: SecondCopyState): CopyFacts | null {
  if (copy.place === "none" || copy.shippedUntilMs === null) return null;
  const { damagedObjects, behindSinceMs } = copy;
  return {
    kind: "second_copy",
    place: copy.place === "elsewhere" ? "elsewhere" : "this_machine",
    bucket: null,
    key: null,
    bookmark: copy.shippedBookmark,
    timeMs: copy.shippedUntilMs,
    needsKey: true,
    isNear: false,
    problem: damagedObjects === 0 ? null : `${damagedObjects} of its objects are missing or altered.`,
    behindSinceMs,
  };
}

/** For so long after it was due nobody misses a drill: a large database takes its time. The alarm waits as long. */
const DRILL_SLACK_MS = 12 * 60 * 60_000;

type EndedDrill = { id: string; createdAtMs: number; finishedAtMs: number };

/**
 * Whether restores of a database are proven.
 * @param plan when drills are run by themselves; null: by nobody
 */
export function judgeProof(
  passed: (EndedDrill & { recoveryMs: number }) | null,
  failed: EndedDrill | null,
  plan: { cron: string; zone: string; updatedAtMs: number } | null,
  nowMs: number,
): RestoreProof {
  const since = failed && (passed === null || failed.createdAtMs > passed.createdAtMs) ? failed : null;
  const dueMs = plan && missedSince(plan, passed?.createdAtMs ?? 0, nowMs);
  return {
    state: since ? "failed" : dueMs !== null ? "overdue" : passed ? "proven" : "never",
    atMs: passed?.finishedAtMs ?? null,
    recoveryMs: passed?.recoveryMs ?? null,
    drillId: passed?.id ?? null,
    failedDrillId: since?.id ?? null,
    failedAtMs: since?.finishedAtMs ?? null,
    dueMs,
  };
}

/** The first time at which a plan asked for a drill after the last one that passed, if that should have ended by now. */
function missedSince(
  { cron, zone, updatedAtMs }: { cron: string; zone: string; updatedAtMs: number },
  passedMs: number,
  nowMs: number,
): number | null {
  const afterMs = Math.max(updatedAtMs, passedMs);
  const [dueMs = null] = runsBetween(parseCron(cron), zone, { afterMs, upToMs: nowMs - DRILL_SLACK_MS, limit: 1 });
  return dueMs;
}
