/**
 * The log of a live database under SQLite's own write lock, open for appending.
 *
 * POSIX locks belong to the process and the inode: closing any descriptor of the database or its `-shm` drops the locks of
 * this process's SQLite connections to it. So this lives in a process of its own, and the raw descriptors are never
 * closed: they go with the process, after `release`.
 */

import type { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { LogPosition } from "../history/records.ts";
import { openLiveFile } from "../live-url.ts";
import { PLAIN_READ, PLAIN_WRITE } from "../plain-files.ts";
import { isBusy } from "../wal/sqlite-busy.ts";
import { wakeLog } from "../wal/wake-log.ts";
import { blockGeometry, blockOf, pageOfEntry, readIndexBlock } from "../wal/wal-index-blocks.ts";
import {
  FRAME_HEADER,
  frameOffset,
  type IndexHeader,
  readFrameHeader,
  readIndexHeader,
  readWalHeader,
} from "../wal/wal-layout.ts";

/** How often an empty log is woken before giving up: somebody would have to checkpoint without any pause. */
const MAX_WAKES = 100;

export type LogFiles = { wal: number; shm: number; database: number };

export type LockedLog = {
  readonly files: LogFiles;
  /** The published header: the log's end, and the salts of what is appended. At least one frame. */
  readonly header: IndexHeader;
  readonly position: LogPosition;
  /** Page 1 as it is now. */
  readonly pageOne: Buffer;
  /** Gives the write lock back; once is enough, twice does no harm. No statement may follow on this connection: its cache may be older than the log. */
  release(): void;
};

/**
 * Takes the write lock, waiting for at most `timeoutMs`, and checks that log and index agree to the last frame.
 * Throws `restore_conflict` when the lock cannot be had and `restore_failed` when the files contradict each other.
 */
export function lockLog(databasePath: string, timeoutMs: number): LockedLog {
  const connection = openConnection(databasePath, timeoutMs);
  // From the first read on -wal and -shm exist, and nobody's last close can unlink them.
  const files = {
    wal: disk.openSync(`${databasePath}-wal`, PLAIN_WRITE),
    shm: disk.openSync(`${databasePath}-shm`, PLAIN_WRITE),
    database: disk.openSync(databasePath, PLAIN_READ),
  };
  reachPoint("apply.files-opened");
  let released = false;
  const release = () => {
    if (released) return;
    released = true;
    // ROLLBACK takes over the published header but keeps the page cache; a later read here would be stale.
    if (connection.isTransaction) connection.exec("ROLLBACK");
    reachPoint("apply.rolled-back");
    connection.close();
  };
  try {
    const header = lockUsedLog(connection, files, timeoutMs);
    const { salt1, salt2, frames, sum1, sum2 } = header;
    const position = { salt1, salt2, frame: frames, sum1, sum2 };
    return { files, header, position, pageOne: readLivePageOne(files, header), release };
  } catch (error) {
    release();
    throw isBusy(error) ? lockRefused(timeoutMs, error) : error;
  }
}

function openConnection(databasePath: string, timeoutMs: number): DatabaseSync {
  const connection = openLiveFile(databasePath, { timeout: timeoutMs });
  try {
    connection.exec("PRAGMA wal_autocheckpoint = 0");
    const mode = connection.prepare("PRAGMA journal_mode").get()?.journal_mode;
    if (mode !== "wal") {
      throw new LastgoodError("restore_failed", `The database has left WAL mode (it is in ${String(mode)} mode).`, {
        hint: "Switch it back with PRAGMA journal_mode = WAL and restore again.",
      });
    }
    connection.prepare("SELECT count(*) FROM sqlite_schema").get();
    return connection;
  } catch (error) {
    connection.close();
    throw isBusy(error) ? lockRefused(timeoutMs, error) : error;
  }
}

function lockUsedLog(connection: DatabaseSync, files: LogFiles, timeoutMs: number): IndexHeader {
  const deadlineMs = Date.now() + timeoutMs;
  for (let wakes = 0; wakes < MAX_WAKES && Date.now() <= deadlineMs; wakes++) {
    connection.exec("BEGIN IMMEDIATE");
    const header = readIndexHeader(files.shm);
    // A fresh index has no whole header before the first frame; with the write lock held there is no other reason.
    if (!header && wakes > 0) throw contradiction("its index has no valid header");
    if (header && header.frames > 0) return requireAgreement(files, header);
    connection.exec("ROLLBACK");
    wakeLog(connection);
  }
  throw new LastgoodError("restore_conflict", "Another process empties the log of the database without pause.", {
    hint: "Stop whatever runs TRUNCATE checkpoints in a loop and restore again.",
  });
}

/** The log agrees with its index to the last frame. */
function requireAgreement(files: LogFiles, header: IndexHeader): IndexHeader {
  const log = readWalHeader(files.wal);
  if (log?.salt1 !== header.salt1 || log.salt2 !== header.salt2) throw contradiction("log and index have other salts");
  if (log.pageSize !== header.pageSize) throw contradiction("log and index have other page sizes");
  const last = readFrameHeader(files.wal, header.frames, header.pageSize);
  const isLast =
    last?.salt1 === header.salt1 &&
    last.salt2 === header.salt2 &&
    last.sizeAfter === header.pages &&
    last.sum1 === header.sum1 &&
    last.sum2 === header.sum2;
  if (!isLast) throw contradiction("the last frame is not the one that its index names");
  return header;
}

/** Page 1 from its newest frame, or from the database when the log has none. */
function readLivePageOne(files: LogFiles, header: IndexHeader): Buffer {
  const content = Buffer.alloc(header.pageSize);
  const frame = newestFrameOfPageOne(files.shm, header.frames);
  const got =
    frame === null
      ? disk.readSync(files.database, content, 0, header.pageSize, 0)
      : disk.readSync(files.wal, content, 0, header.pageSize, frameOffset(frame, header.pageSize) + FRAME_HEADER);
  if (got !== header.pageSize) throw contradiction("its first page ends early");
  return content;
}

function newestFrameOfPageOne(shmFd: number, frames: number): number | null {
  for (let number = blockOf(frames).number; number >= 0; number--) {
    const geometry = blockGeometry(number);
    const block = readIndexBlock(shmFd, number);
    for (let entry = Math.min(geometry.capacity, frames - geometry.frameBefore); entry >= 1; entry--) {
      if (pageOfEntry(block, geometry, entry) === 1) return geometry.frameBefore + entry;
    }
  }
  return null;
}

function contradiction(what: string): LastgoodError {
  return new LastgoodError("restore_failed", `The database's log cannot be appended to: ${what}.`, {
    hint: "Nothing was changed. Check the database with PRAGMA integrity_check and its file system, then restore again.",
  });
}

function lockRefused(timeoutMs: number, cause: unknown): LastgoodError {
  const seconds = Math.round(timeoutMs / 100) / 10;
  return new LastgoodError(
    "restore_conflict",
    `Another process kept the write lock of the database for ${seconds} seconds.`,
    { hint: "Nothing was changed. Restore again once its long transaction has ended.", retryAfterSeconds: 5 },
    { cause },
  );
}
