/**
 * One keeper's hold of one database's log: a read transaction, on either of two connections, so that a newer one can be
 * taken before the older one is dropped and the log is held at every instant.
 *
 *   pin     a read transaction begun while the log holds frames that are not backfilled: none of the frames after it can be
 *           backfilled, so the log cannot restart
 *   bridge  one begun while all was backfilled (SQLite's read-lock 0): the log can restart once, but nothing more can be
 *           backfilled, hence never a second time
 *
 * SQLite does not tell which of the two it gave. So the rules are: `grown` and `woken` always give a pin; after `notBeyond` it
 * may be a bridge, and a wake has to follow before anything else.
 */
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { MoveCondition } from "../capture-protocol.ts";
import { isBusy } from "../wal/sqlite-busy.ts";
import { wakeLog } from "../wal/wake-log.ts";
import { openLive, requireWalMode } from "./open-live.ts";

const LOCK_TRIES = 60;
const LOCK_PAUSE_MS = 1;
const MAX_HEIRS = 8;

/** Frames in the log, and how many of them a checkpoint has copied into the database. */
export type LogLook = { frames: number; backfilled: number };

type Hand = { connection: DatabaseSync; read: StatementSync };

export class LogHold {
  /** Names this unbroken hold: a log that had to be let go is held under another id. */
  readonly id: string = randomUUID();
  readonly path: string;
  /** Bytes. */
  readonly pageSize: number;
  private heirs: string[] = [];
  private readonly writer: DatabaseSync;
  private readonly lookWithWriter: StatementSync;
  private readonly lookWithFree: StatementSync;
  private readonly probe: StatementSync;
  private readonly observer: DatabaseSync;
  private held: Hand;
  private free: Hand;
  /** The log had at most this many frames when the hold was taken. */
  private takenBelow = 0;
  private readonly inodes: string;
  /** Whether the hold is known to be a pin; otherwise it may be a bridge. */
  isPin = false;

  /** Opens the database without creating it. Throws SQLite's error, or a LastgoodError when it is not in WAL mode. */
  constructor(path: string) {
    this.path = path;
    const opened: DatabaseSync[] = [];
    const open = (timeoutMs: number) => {
      const connection = openLive(path, timeoutMs);
      opened.push(connection);
      return connection;
    };
    try {
      this.writer = open(0);
      requireWalMode(this.writer);
      this.pageSize = Number(this.writer.prepare("PRAGMA page_size").get()?.page_size);
      this.observer = open(0);
      this.lookWithWriter = this.writer.prepare("PRAGMA wal_checkpoint(NOOP)");
      this.probe = this.observer.prepare("PRAGMA wal_checkpoint(PASSIVE)");
      this.lookWithFree = this.observer.prepare("PRAGMA wal_checkpoint(NOOP)");
      this.held = handOf(open(50));
      this.free = handOf(open(50));
      this.take(this.held);
      this.inodes = inodesOf(path);
    } catch (error) {
      for (const connection of opened) connection.close();
      throw error;
    }
  }

  /** Those whose windows this hold has outlasted, the nearest first. */
  get heirOf(): string[] {
    return [...this.heirs];
  }

  inherit(ids: readonly string[]): void {
    this.heirs = [...new Set([...ids, ...this.heirs])].slice(0, MAX_HEIRS);
  }

  look(): LogLook {
    const row = (this.writer.isTransaction ? this.lookWithFree : this.lookWithWriter).get();
    const frames = Number(row?.log);
    // While the index is being recovered nobody knows; a wrong number here would let a pin go.
    if (row?.busy !== 0 || !(frames >= 0))
      throw Object.assign(new Error("the log's end cannot be read"), { errcode: 5 });
    return { frames, backfilled: Number(row.checkpointed) };
  }

  /** Whether the log has grown since the hold was taken. */
  hasGrown(): boolean {
    return this.look().frames > this.takenBelow;
  }

  /** Whether the log holds fewer frames than when the hold was taken, hence others. */
  hasRestarted(): boolean {
    const { frames } = this.look();
    return frames > 0 && frames < this.takenBelow;
  }

  /** Exchanges the hold for a newer one. False when the condition does not hold: then nothing has changed. */
  move(when: MoveCondition): boolean {
    if (when === "grown" && !this.hasGrown()) return false;
    const takenBelow = this.takenBelow;
    this.take(this.free);
    if (typeof when === "object" && this.takenBelow > when.notBeyond) {
      this.free.connection.exec("ROLLBACK");
      this.takenBelow = takenBelow;
      return false;
    }
    reachPoint("hold.newer-taken");
    this.held.connection.exec("ROLLBACK");
    reachPoint("hold.older-dropped");
    [this.held, this.free] = [this.free, this.held];
    this.isPin = typeof when === "string";
    return true;
  }

  /** Wakes the log. False when somebody else has the write lock. */
  tryWake(): boolean {
    try {
      wakeLog(this.writer);
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
  }

  /**
   * Whether nothing is to be done: the log is as long as given, all of it is backfilled, and no other checkpoint is under
   * way. The checkpoint that finds this out has nothing to write, so it may run on this thread.
   */
  isQuiet(frames: number): boolean {
    const now = this.look();
    if (now.frames !== frames || now.backfilled !== frames) return false;
    return this.probe.get()?.busy === 0;
  }

  /** Takes the write lock if it can be had soon, without blocking this thread. */
  async lock(signal: AbortSignal): Promise<boolean> {
    for (let tries = 0; tries < LOCK_TRIES; tries++) {
      try {
        this.writer.exec("BEGIN IMMEDIATE");
        return true;
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
      await sleep(LOCK_PAUSE_MS, undefined, { signal });
    }
    return false;
  }

  unlock(): void {
    if (this.writer.isTransaction) this.writer.exec("ROLLBACK");
  }

  /** Whether the files under these names are still the ones that are held. */
  isInPlace(): boolean {
    return inodesOf(this.path) === this.inodes;
  }

  /** Lets the log go. */
  close(): void {
    for (const connection of [this.held.connection, this.free.connection, this.writer, this.observer]) {
      if (connection.isOpen) connection.close();
    }
  }

  private take(hand: Hand): void {
    hand.connection.exec("BEGIN");
    try {
      hand.read.get();
      this.takenBelow = this.look().frames;
    } catch (error) {
      hand.connection.exec("ROLLBACK");
      throw error;
    }
  }
}

function handOf(connection: DatabaseSync): Hand {
  return { connection, read: connection.prepare("SELECT count(*) FROM sqlite_schema") };
}

/** By `stat` alone: opening and closing any of them would drop this process's locks. */
function inodesOf(path: string): string {
  return [path, `${path}-wal`, `${path}-shm`]
    .map((file) => statSync(file, { bigint: true, throwIfNoEntry: false })?.ino ?? "none")
    .join(" ");
}
