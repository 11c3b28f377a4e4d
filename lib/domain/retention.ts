/**
 * Which backups of one database retention deletes, and why each other one is kept. Pure: no clock, no store.
 *
 * Always kept, whatever was asked for: what a label is pinned to, what an open restore reads, and of each kind the newest one
 * that is good. `pre_restore` backups, which nobody asked for, have a cap of their own and count for no other.
 */

/** A complete backup that was not deleted, as retention sees it. Times are Unix milliseconds. */
export type RetainedBackup = {
  id: string;
  kind: string;
  trigger: string;
  scheduleId: string | null;
  createdAtMs: number;
  /** When it is too old; null: never. */
  expiresAtMs: number | null;
  isPinned: boolean;
  isBeingRestored: boolean;
  /** Found to be something else than what was stored. */
  isDamaged: boolean;
};

export type RetentionRules = {
  /** Of all that are not pinned; null: as many as there are. */
  maxBackups: number | null;
  /** By schedule, how many of its own are kept; a schedule that is not named sets no limit. */
  keepAtMost: Readonly<Record<string, number>>;
};

export type DeletionReason = "retention_days" | "max_backups" | "keep_at_most" | "max_pre_restore";
export type KeepingReason = "pinned" | "being_restored" | "last_good" | "pre_restore" | "within_limits";

export type RetentionPlan = {
  /** What one run deletes, oldest first; never more than `MOST_DELETIONS`. */
  deletions: { id: string; because: DeletionReason }[];
  /** What later runs delete, oldest first. */
  later: { id: string; because: DeletionReason }[];
  /** Newest first. */
  kept: { id: string; because: KeepingReason }[];
};

/** So many are deleted in one run at most: a mistake is noticed before all is gone. */
export const MOST_DELETIONS = 20;
/** So many `pre_restore` backups of a database are kept. */
export const MOST_PRE_RESTORES = 10;
export const MOST_BACKUPS = 10_000;
/** Backups that failed or were cancelled are told of for so long, and no more than so many of a database. */
export const FAILED_KEPT_DAYS = 30;
export const MOST_FAILED = 200;

/** @param nowMs Unix milliseconds */
export function planRetention(backups: readonly RetainedBackup[], rules: RetentionRules, nowMs: number): RetentionPlan {
  const newestFirst = [...backups].sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1));
  const lastGood = findLastGood(newestFirst);
  const tally = new LimitTally(rules, nowMs);
  const plan: RetentionPlan = { deletions: [], later: [], kept: [] };
  const due: RetentionPlan["deletions"] = [];
  for (const backup of newestFirst) {
    const { id } = backup;
    const mustGo = tally.reasonFor(backup);
    const exempt = exemption(backup, lastGood);
    if (mustGo && !exempt) due.unshift({ id, because: mustGo });
    else plan.kept.push({ id, because: exempt ?? keptAs(backup) });
  }
  plan.deletions = due.slice(0, MOST_DELETIONS);
  plan.later = due.slice(MOST_DELETIONS);
  return plan;
}

/** Of each kind, since a portable document need not hold all tables. */
function findLastGood(newestFirst: readonly RetainedBackup[]): ReadonlySet<string> {
  const byKind = new Map<string, string>();
  for (const { kind, id, isDamaged } of newestFirst) if (!isDamaged && !byKind.has(kind)) byKind.set(kind, id);
  return new Set(byKind.values());
}

function exemption(backup: RetainedBackup, lastGood: ReadonlySet<string>): KeepingReason | null {
  if (backup.isPinned) return "pinned";
  if (backup.isBeingRestored) return "being_restored";
  return lastGood.has(backup.id) ? "last_good" : null;
}

const keptAs = ({ trigger }: RetainedBackup): KeepingReason =>
  trigger === "pre_restore" ? "pre_restore" : "within_limits";

/** Counts, newest first, what fills each limit. */
class LimitTally {
  readonly #rules: RetentionRules;
  readonly #nowMs: number;
  readonly #bySchedule = new Map<string, number>();
  #counted = 0;
  #preRestores = 0;

  constructor(rules: RetentionRules, nowMs: number) {
    this.#rules = rules;
    this.#nowMs = nowMs;
  }

  /** Why it has to go; null: it does not. */
  reasonFor(backup: RetainedBackup): DeletionReason | null {
    // A pinned one takes nobody's place.
    if (backup.isPinned) return null;
    if (backup.trigger === "pre_restore") return this.#takePreRestore(backup);
    const isTooOld = backup.expiresAtMs !== null && backup.expiresAtMs <= this.#nowMs;
    if (isTooOld) return "retention_days";
    // Nor does one that nobody could restore: it would push out a good one.
    if (backup.isDamaged) return null;
    this.#counted++;
    if (this.#rules.maxBackups !== null && this.#counted > this.#rules.maxBackups) return "max_backups";
    return this.#isBeyondSchedule(backup.scheduleId) ? "keep_at_most" : null;
  }

  #takePreRestore({ isDamaged }: RetainedBackup): DeletionReason | null {
    if (isDamaged) return null;
    this.#preRestores++;
    return this.#preRestores > MOST_PRE_RESTORES ? "max_pre_restore" : null;
  }

  #isBeyondSchedule(scheduleId: string | null): boolean {
    const most = scheduleId === null ? undefined : this.#rules.keepAtMost[scheduleId];
    if (scheduleId === null || most === undefined) return false;
    const count = (this.#bySchedule.get(scheduleId) ?? 0) + 1;
    this.#bySchedule.set(scheduleId, count);
    return count > most;
  }
}
