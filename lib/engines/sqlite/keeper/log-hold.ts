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
import { lstatSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { MoveCondition } from "../capture-protocol.ts";
import { requireNoLink } from "../plain-files.ts";
import { isBusy } from "../wal/sqlite-busy.ts";
import { wakeLog } from "../wal/wake-log.ts";
import { openLive, requireWalMode } from "./open-live.ts";

const LOCK_TRIES = 60;
const LOCK_PAUSE_MS = 1;
const MAX_HEIRS = 8;
const READ_TIMEOUT_MS = 50;

/** Frames in the log, and how many of them a checkpoint has copied into the database. */
export type LogLook = { frames: number; backfilled: number };

type Observer = { connection: DatabaseSync; look: StatementSync; probe: StatementSync };
type Hand = { connection: DatabaseSync; read: StatementSync };

export class LogHold {
  /** Names this unbroken hold: a log that had to be let go is held under another id. */
  readonly id: string = randomUUID();
  readonly path: string;
  /** Bytes. */
  readonly pageSize: number;
  private heirs: string[] = [];
  /** These are opened when they are needed, and closed while the database rests: each costs a hundred kilobytes. */
  private openWriter: DatabaseSync | null = null;
  private openObserver: Observer | null = null;
  private openFree: Hand | null = null;
  private held: Hand;
  /** The log had at most this many frames when the hold was taken. */
  private takenBelow = 0;
  private takenAtMs = performance.now();
  private readonly inodes: string;
  /** Whether the hold is known to be a pin; otherwise it may be a bridge. */
  isPin = false;

  /** Opens the database without creating it. Throws SQLite's error, or a LastgoodError when it is not in WAL mode. */
  constructor(path: string) {
    this.path = path;
    this.held = handOf(openLive(path, READ_TIMEOUT_MS));
    try {
      requireWalMode(this.held.connection);
      this.pageSize = Number(this.held.connection.prepare("PRAGMA page_size").get()?.page_size);
      // The first read of all: from here on the files are open and have their names.
      this.held.read.get();
      requireNoLink(path);
      this.inodes = inodesOf(path);
      this.take(this.held);
    } catch (error) {
      this.close();
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
    const row = this.observer.look.get();
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
    const { free } = this;
    this.take(free);
    if (typeof when === "object" && this.takenBelow > when.notBeyond) {
      free.connection.exec("ROLLBACK");
      this.takenBelow = takenBelow;
      return false;
    }
    reachPoint("hold.newer-taken");
    this.held.connection.exec("ROLLBACK");
    reachPoint("hold.older-dropped");
    [this.held, this.openFree] = [free, this.held];
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
    return this.observer.probe.get()?.busy === 0;
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
    if (this.openWriter?.isTransaction) this.openWriter.exec("ROLLBACK");
  }

  /** Whether the files under these names are still the ones that are held. */
  isInPlace(): boolean {
    return inodesOf(this.path) === this.inodes;
  }

  /** For how long it has been the same. */
  get ageMs(): number {
    return performance.now() - this.takenAtMs;
  }

  /** Gives back what only a busy database needs; the hold itself stays. `looksOn`: it will still be looked at. */
  rest(looksOn: boolean): void {
    if (this.openWriter?.isTransaction) return;
    this.openWriter?.close();
    this.openWriter = null;
    this.openFree?.connection.close();
    this.openFree = null;
    if (looksOn) return;
    this.openObserver?.connection.close();
    this.openObserver = null;
  }

  /** Lets the log go. */
  close(): void {
    const all = [this.held.connection, this.openFree?.connection, this.openWriter, this.openObserver?.connection];
    for (const connection of all) if (connection?.isOpen) connection.close();
  }

  private get writer(): DatabaseSync {
    this.openWriter ??= this.open(0);
    return this.openWriter;
  }

  private get free(): Hand {
    this.openFree ??= handOf(this.open(READ_TIMEOUT_MS));
    return this.openFree;
  }

  private get observer(): Observer {
    this.openObserver ??= observerOf(this.open(0));
    return this.openObserver;
  }

  /** One more connection to the very files that are held. Throws when their names lead to others by now. */
  private open(timeoutMs: number): DatabaseSync {
    const connection = openLive(this.path, timeoutMs);
    try {
      // What it reads first opens the log and its index.
      connection.prepare("PRAGMA page_count").get();
      if (!this.isInPlace()) throw new Error("the database or its log was replaced");
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  private take(hand: Hand): void {
    this.takenAtMs = performance.now();
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

function observerOf(connection: DatabaseSync): Observer {
  const look = connection.prepare("PRAGMA wal_checkpoint(NOOP)");
  return { connection, look, probe: connection.prepare("PRAGMA wal_checkpoint(PASSIVE)") };
}

function handOf(connection: DatabaseSync): Hand {
  return { connection, read: connection.prepare("SELECT count(*) FROM sqlite_schema") };
}

/** By `lstat` alone: opening and closing any of them would drop this process's locks. A link is none of them, wherever it leads. */
function inodesOf(path: string): string {
  return [path, `${path}-wal`, `${path}-shm`]
    .map((file) => {
      const found = lstatSync(file, { bigint: true, throwIfNoEntry: false });
      return found?.isSymbolicLink() ? "link" : (found?.ino ?? "none");
    })
    .join(" ");
}
