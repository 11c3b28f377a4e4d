import type { RunOutcome, ScheduleDraft } from "../domain/schedule.ts";
import type { BackupStatus } from "./backup-types.ts";

/** What came of one run of a schedule that was due. Times are Unix milliseconds. */
export type ScheduleRunView = {
  id: string;
  dueMs: number;
  outcome: RunOutcome;
  /** For people, where it did not start on time. */
  because: string | null;
  decidedAtMs: number;
  /** The backup that it made; null where it made none, or it is gone. */
  backup: {
    id: string;
    key: string | null;
    status: BackupStatus;
    sizeBytes: number | null;
    startedAtMs: number | null;
    finishedAtMs: number | null;
    error: string | null;
  } | null;
};

/**
 * One row of GET /api/namespaces/:ns/schedules and GET …/databases/:db/schedules → {schedules: ScheduleView[]}, by database and
 * name; alone from GET …/schedules/:id, with its latest runs.
 */
export type ScheduleView = ScheduleDraft & {
  id: string;
  database: { id: string; name: string };
  /** Of the schedule as it was read; a change names it. */
  version: number;
  /** Seconds that each of its runs begins after it is due. */
  delaySeconds: number;
  /** When it is due next; null while it is paused. */
  nextRunMs: number | null;
  lastRun: ScheduleRunView | null;
  createdAtMs: number;
  updatedAtMs: number;
  updatedBy: string | null;
};

/** GET …/databases/:db/schedules/:id */
export type ScheduleDetail = ScheduleView & {
  /** The newest fifty, newest first. */
  runs: ScheduleRunView[];
  /** The newest complete backup of this kind of the database, by which the size of others is guessed; null while there is none. */
  lastBackup: { sizeBytes: number; tookMs: number } | null;
};
