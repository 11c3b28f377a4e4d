import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { pruneHistory } from "../../../lib/engines/sqlite/prune/prune-history.ts";
import { unfinishedFiles, whatIsWrong } from "./check-history.ts";
import { type Call, FaultyDisk, type Trouble } from "./faulty-disk.ts";
import type { RecordedLog } from "./recorded-log.ts";
import { SteppedCapture, type Told } from "./stepped-capture.ts";

/** One run of a scenario on a disk of its own. */
export class ScenarioRun {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), "faults-")));
  readonly directory = path.join(this.folder, "history", "db");
  readonly disk: FaultyDisk;
  readonly told: Told = new Map();
  readonly log: RecordedLog;
  /** Gaps that may be reported. */
  mostGaps = 0;
  /** What somebody does again after it failed. */
  repeat: (() => Promise<void>) | null = null;
  readonly #filesBefore = openDescriptors();

  /** @param from a run whose history this one begins with */
  constructor(log: RecordedLog, from?: ScenarioRun) {
    this.log = log;
    mkdirSync(path.join(this.folder, "history"));
    if (from) {
      cpSync(from.directory, this.directory, { recursive: true });
      for (const [txid, commit] of from.told) this.told.set(txid, commit);
    }
    this.disk = new FaultyDisk(this.folder, log.files).install();
  }

  /** Calls `steps` with a capture that is closed afterwards; answers what it threw, or null. */
  async attempt(steps: (capture: SteppedCapture) => Promise<void>): Promise<unknown> {
    const capture = new SteppedCapture(this.log, this.directory, this.told);
    let thrown: unknown = null;
    try {
      await steps(capture);
    } catch (error) {
      thrown = error;
    }
    try {
      await capture.close();
    } catch (error) {
      thrown ??= error;
    }
    return thrown;
  }

  /** Goes on with a healthy disk to the log's end; answers what is wrong then, or null. */
  async recover(trouble: (call: Call) => Trouble = () => null): Promise<string | null> {
    this.disk.trouble = trouble;
    const before = whatIsWrong(this.directory, this.log, this.told, this.mostGaps);
    if (before) return `as it was left: ${before}`;
    const error = await this.attempt(async (capture) => {
      await this.repeat?.();
      await capture.begin(this.log.last);
      await capture.jump(this.log.last);
      prune(this);
      await capture.leaveWell();
    });
    if (error) return `it does not go on: ${error instanceof Error ? error.stack : String(error)}`;
    const after = whatIsWrong(this.directory, this.log, this.told, this.mostGaps);
    if (after) return `after it went on: ${after}`;
    const unfinished = unfinishedFiles(this.folder);
    if (unfinished.length > 0) return `left for ever: ${unfinished.join()}`;
    return this.leaks();
  }

  /** Descriptors that nobody closed. */
  leaks(): string | null {
    const more = openDescriptors() - this.#filesBefore;
    if (this.disk.openFiles.length === 0 && more <= 0) return null;
    return `open for ever: ${this.disk.openFiles.join()} (${more})`;
  }

  end(): void {
    this.disk.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** The first image, forty commits, four seals, a restart with and without a whole mirror, notes, windows, a pruning. */
export async function captureAll(run: ScenarioRun, capture: SteppedCapture): Promise<void> {
  await capture.begin(0);
  await capture.follow(1, 12);
  await capture.annotate();
  await capture.leaveWell();
  await capture.begin(14);
  await capture.follow(14, 20);
  await capture.close();
  await capture.begin(21);
  await capture.follow(21, 30);
  prune(run);
  await capture.follow(31, run.log.last);
  await capture.leaveWell();
}

/** After an interruption: the whole database is compared, once with every step kept and once with a gap. */
export async function compareAll(run: ScenarioRun, capture: SteppedCapture): Promise<void> {
  run.mostGaps = 1;
  await capture.begin(0);
  await capture.follow(1, 10);
  await capture.compare(16, true);
  await capture.compare(26, false);
  await capture.follow(27, 30);
  await capture.leaveWell();
}

/** Commits that fit into no stretch of the log, and what they drop again. */
export async function captureLarge(run: ScenarioRun, capture: SteppedCapture): Promise<void> {
  await capture.begin(0);
  await capture.follow(1, 3);
  await capture.close();
  await capture.begin(3);
  await capture.follow(4, run.log.last);
  await capture.leaveWell();
}

/** The statements of a log for `captureLarge`, pages of 4096 bytes. */
export const LARGE_STATEMENTS = [
  "insert into t(v) values (randomblob(5000))",
  "insert into t(v) values (randomblob(2900000))",
  "insert into t(v) values (randomblob(5000))",
  "update t set v = randomblob(2600000) where id = 2",
  "delete from t where id = 2",
  "vacuum",
  "insert into t(v) values (randomblob(5000))",
];

/** Drops what is older than the newest commit but ten. */
export function prune(run: ScenarioRun): void {
  const history = openHistory(run.directory);
  try {
    const keep = history.byTxid(history.newest().txid - 10);
    pruneHistory(history, keep?.timeMs ?? 0, () => undefined);
  } finally {
    history.close();
  }
}
