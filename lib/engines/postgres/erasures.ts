import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LastgoodError } from "../../domain/errors.ts";
import type { ProtectedDatabase, Run } from "../engine.ts";
import type { ErasureOrder, ErasureStart } from "../engine-room.ts";
import { verifyBase } from "./bases/verify-base.ts";
import { COMPRESSED, digestOf } from "./history/archive-segment.ts";
import { incarnationFolders } from "./history/cluster-history.ts";
import { indexFiles, readIfThere } from "./history/index-files.ts";
import { decodeArchived } from "./history/segment-summary.ts";
import { parseSegmentName, segmentName } from "./history/wal-files.ts";
import type { ClusterMoments } from "./moments/cluster-moments.ts";
import { noBase } from "./moments/erase-cluster.ts";
import { inFuture } from "./moments/moment-errors.ts";
import { OpenedHistories, type OpenedHistory } from "./moments/opened-histories.ts";
import { type ErasingPlan, planErasing } from "./moments/plan-erasing.ts";
import type { PostgresContext } from "./postgres-context.ts";
import type { Recoveries } from "./recovery/recoveries.ts";

/** Between the time that a commit takes and its record at most, by far. */
const IN_FLIGHT_MS = 1_000;
const FLUSH_TIMEOUT_MS = 15_000;
const BASE_TIMEOUT_MS = 24 * 3_600_000;
const ERASE_TIMEOUT_MS = 10 * 60_000;
const DISCARD_TIMEOUT_MS = 120_000;

export type ErasureParts = {
  moments: ClusterMoments;
  recoveries: Recoveries;
  /** Forgets what was derived from older states of a database. */
  forget(db: ProtectedDatabase): Promise<void>;
};

/** Purging the history of a cluster: it begins with the first base backup that was begun after a moment, and holds nothing older. */
export class ClusterErasures {
  readonly #context: PostgresContext;
  readonly #parts: ErasureParts;
  readonly #histories: OpenedHistories;

  constructor(context: PostgresContext, parts: ErasureParts) {
    this.#context = context;
    this.#parts = parts;
    this.#histories = new OpenedHistories(context);
  }

  /** As `EngineRoom.planErasure`. */
  async plan(db: ProtectedDatabase, beforeMs: number): Promise<ErasureStart> {
    if (beforeMs > Date.now()) throw inFuture(Date.now());
    await this.#flush(db);
    const opened = this.#histories.of(db);
    return this.#settled(opened, beforeMs) ?? this.#expected(db, opened, beforeMs);
  }

  /** As `EngineRoom.prepareErasure`: has a base backup taken where none was begun since, and a commit made behind it. */
  async prepare(db: ProtectedDatabase, beforeMs: number, run: Run): Promise<ErasureStart> {
    const { receiver } = this.#context;
    await this.#flush(db);
    const look = () => this.#settled(this.#histories.of(db), beforeMs);
    const there = look();
    if (there) return there;
    run.signal.throwIfAborted();
    const { goesOn } = this.#plan(this.#histories.of(db), beforeMs);
    run.progress("base", 0, 1);
    // One that was begun sooner could hold what was being committed at that moment.
    await sleep(Math.max(0, Math.min(IN_FLIGHT_MS, beforeMs + IN_FLIGHT_MS - Date.now())) + 1, null, {
      signal: run.signal,
    });
    if (!goesOn) await receiver.ask("base", { database: db.id, label: "lastgood erasure" }, BASE_TIMEOUT_MS);
    await this.#flush(db);
    if (!look()) await receiver.ask("mark", { database: db.id }, FLUSH_TIMEOUT_MS);
    const begun = look();
    if (begun) return begun;
    throw noBase();
  }

  /** As `EngineRoom.erase`. */
  async erase(db: ProtectedDatabase, { beforeMs }: ErasureOrder, run: Run): Promise<{ removedBytes: number }> {
    const { moments, recoveries, forget } = this.#parts;
    await this.#flush(db);
    await forget(db);
    const requireUnread = async () => {
      if (moments.isHeld(db) || (await recoveries.sweep(db))) throw stillRead();
    };
    await requireUnread();
    const { begins } = this.#plan(this.#histories.of(db), beforeMs);
    if (!begins) throw noBase();
    run.progress("erase", 0, 3);
    // What everything else is dropped for has to be good.
    await verifyBase(begins.base, run.signal);
    run.progress("erase", 1, 3);
    // Verifying may have taken an hour: who asked meanwhile may read what is to go.
    await forget(db);
    await requireUnread();
    await discardAside(this.#context, db);
    await requireUnread();
    const question = { database: db.id, fromMs: beforeMs + IN_FLIGHT_MS };
    const { removedBytes } = await this.#context.receiver.ask("erase", question, ERASE_TIMEOUT_MS);
    run.progress("erase", 2, 3);
    // Whoever asked meanwhile may have begun with a state of before.
    await forget(db);
    await this.#verify(db, beforeMs, run);
    return { removedBytes };
  }

  /** What is there is received and indexed; a server that is down has nothing newer. */
  async #flush(db: ProtectedDatabase): Promise<void> {
    await this.#context.receiver.ask("flush", { database: db.id }, FLUSH_TIMEOUT_MS).catch((error: unknown) => {
      if (!(error instanceof LastgoodError)) throw error;
    });
  }

  #plan(opened: OpenedHistory, beforeMs: number): ErasingPlan {
    return planErasing(opened, beforeMs + IN_FLIGHT_MS);
  }

  /** With what it begins, where the base backup and a commit behind it are there. */
  #settled(opened: OpenedHistory, beforeMs: number): ErasureStart | null {
    const { begins, goesOn } = this.#plan(opened, beforeMs);
    if (!begins || !goesOn) return null;
    const { line } = opened;
    const { commit } = begins;
    return {
      begins: { bookmark: line.bookmarkOf(commit), timeMs: commit.timeMs },
      more: { commits: Math.max(0, commit.ordinal - Math.max(1, line.ordinalAt(beforeMs))), isTaken: true },
    };
  }

  /** Everything up to now, at least: the base backup is still to be taken. */
  #expected(db: ProtectedDatabase, { line }: OpenedHistory, beforeMs: number): ErasureStart {
    const newest = line.commit(line.last);
    if (!newest) {
      throw new LastgoodError("not_protected", `${db.name} has no commit in its history yet.`, {
        hint: "Wait until its first base backup is complete.",
      });
    }
    return {
      begins: { bookmark: line.bookmarkOf(newest), timeMs: Math.max(newest.timeMs, Date.now()) },
      more: { commits: Math.max(0, newest.ordinal - Math.max(1, line.ordinalAt(beforeMs))), isTaken: false },
    };
  }

  /** Nothing of before is left, and every byte of what is left is what was written. Throws `history_damaged`. */
  async #verify(db: ProtectedDatabase, beforeMs: number, run: Run): Promise<void> {
    const opened = this.#histories.of(db);
    const { history: directory } = this.#context.places(db);
    const { segmentBytes, incarnations } = opened.line.history;
    const { bases, firsts, begins } = this.#plan(opened, beforeMs);
    if (bases.length > 0 || !begins) throw leftOver(bases[0] ?? directory);
    for (const { number } of incarnations) {
      const folders = incarnationFolders(directory, number);
      const first = firsts.get(number) ?? null;
      if (first === null && existsSync(folders.root)) throw leftOver(folders.root);
      for (const folder of [folders.wal, folders.archive, folders.index]) {
        const names = existsSync(folder) ? readdirSync(folder) : [];
        const older = names.find((name) => (parseSegmentName(name, segmentBytes)?.segment ?? Infinity) < (first ?? 0));
        if (older) throw leftOver(path.join(folder, older));
      }
      for (const { base } of opened.branchOf(number).own) await verifyBase(base, run.signal);
      for (const archived of decodeArchived(readIfThere(indexFiles(folders.index).archive))) {
        run.signal.throwIfAborted();
        const file = path.join(folders.archive, `${segmentName(archived, segmentBytes)}${COMPRESSED}`);
        const { sha256 } = await digestOf(file);
        if (!sha256.equals(archived.sha256)) throw damaged(file);
      }
    }
    run.progress("erase", 3, 3);
  }
}

/** Removes former data directories that swaps have set aside. */
export async function discardAside(context: PostgresContext, db: ProtectedDatabase): Promise<void> {
  const { aside } = context.places(db);
  if (db.origin !== "hosted" || !existsSync(aside)) return;
  for (const restoreId of readdirSync(aside)) {
    await context.receiver.ask("discardAside", { database: db.id, restoreId }, DISCARD_TIMEOUT_MS);
  }
}

const stillRead = () =>
  new LastgoodError("restore_conflict", "Something reads this history at the moment.", {
    hint: "It is tried again by itself.",
    retryAfterSeconds: 60,
  });

const leftOver = (file: string) =>
  new LastgoodError("conflict", `${file} is still there.`, { hint: "It is tried again by itself." });

const damaged = (file: string) =>
  new LastgoodError("history_damaged", `${file} is not what was received.`, {
    hint: "What was to go is gone. Restore that file from a copy, or take moments after it for lost.",
  });
