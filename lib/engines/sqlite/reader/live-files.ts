import type { Stats } from "node:fs";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { PLAIN_READ, requireNoLinkedFolder } from "../plain-files.ts";
import {
  alignedBuffer,
  decodeIndexHeader,
  INDEX_HEADER,
  type IndexHeader,
  readWalHeader,
  type WalHeader,
} from "../wal/wal-layout.ts";
import { CaptureStopped, LogUnavailable, readingLive } from "./capture-problem.ts";

/** Somebody who moves files about gets this long to finish. */
const MISSING_TOLERATED_MS = 5000;

type OpenFile = { fd: number; inode: number };

const MAY_BE_MISSING = { throwIfNoEntry: false } as const;

/** The shm header and the checkpoint's first counter behind it. */
const index = alignedBuffer(2 * INDEX_HEADER + 8);

/**
 * A live database's files, read raw. Only a process that holds no SQLite connection to the database may do so: closing any
 * descriptor of it would drop the connection's locks.
 */
export class LiveFiles {
  readonly path: string;
  private readonly isAttached: boolean;
  private wal: OpenFile | null = null;
  private shm: OpenFile | null = null;
  private databaseInode: number | null = null;
  private missingSinceMs: number | null = null;

  /** @param isAttached whether its folder is somebody else's: our own may lie behind a link */
  constructor(path: string, isAttached = false) {
    this.path = path;
    this.isAttached = isAttached;
  }

  /**
   * Makes sure that log and index are those that the paths name now (A8). False while one of them is missing. Throws
   * `CaptureStopped` when the database is gone, a link, or another file has taken its name.
   */
  look(): boolean {
    const database = readingLive("database", () => lookAt(this.path));
    if (!database) {
      this.missingSinceMs ??= performance.now();
      if (performance.now() - this.missingSinceMs > MISSING_TOLERATED_MS) throw missing(this.path);
      return false;
    }
    this.missingSinceMs = null;
    if (this.databaseInode === null) this.requireFolder();
    this.databaseInode ??= database.ino;
    if (database.ino !== this.databaseInode) throw replaced(this.path);
    const { wal, shm } = this;
    const setWal = (now: OpenFile | null) => {
      this.wal = now;
    };
    const setShm = (now: OpenFile | null) => {
      this.shm = now;
    };
    readingLive("log", () => follow(`${this.path}-wal`, wal, setWal, () => this.open("-wal")));
    readingLive("log's index", () => follow(`${this.path}-shm`, shm, setShm, () => this.open("-shm")));
    return this.wal !== null && this.shm !== null;
  }

  get walFd(): number {
    if (!this.wal) throw new LogUnavailable("the log is not open");
    return this.wal.fd;
  }

  /** The published header, or null while it is being changed or is not valid. */
  readIndexHeader(): IndexHeader | null {
    if (!this.shm) throw new LogUnavailable("the log's index is not open");
    const { fd } = this.shm;
    const got = readingLive("log's index", () => disk.readSync(fd, index, 0, index.length, 0));
    return got === index.length ? decodeIndexHeader(index) : null;
  }

  /** The log's own header when it belongs to this published one, else null. */
  readLogHeader(header: IndexHeader): WalHeader | null {
    const log = readingLive("log", () => readWalHeader(this.walFd));
    return log && log.salt1 === header.salt1 && log.salt2 === header.salt2 ? log : null;
  }

  /** Opens the database file for reading; the caller closes it. */
  openDatabase(): number {
    return readingLive("database", () => this.open(""));
  }

  /** Has the system write down what others wrote into log and database; whoever syncs them next has little to wait for. */
  async sync(): Promise<void> {
    await Promise.all([this.syncFile("-wal"), this.syncFile("")]);
  }

  /** On a descriptor of its own: nothing else may close it meanwhile. */
  private async syncFile(end: "" | "-wal"): Promise<void> {
    const fd = this.open(end);
    try {
      await disk.fdatasync(fd);
    } finally {
      disk.closeSync(fd);
    }
  }

  private open(end: "" | "-wal" | "-shm"): number {
    this.requireFolder();
    try {
      return disk.openSync(`${this.path}${end}`, PLAIN_READ);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ELOOP")) throw error;
      throw odd(`${this.path}${end} is a link`);
    }
  }

  private requireFolder(): void {
    if (!this.isAttached) return;
    try {
      requireNoLinkedFolder(this.path);
    } catch (error) {
      throw error instanceof LastgoodError ? odd(`The folder of ${this.path} is reached through a link`) : error;
    }
  }

  close(): void {
    const { wal, shm } = this;
    this.wal = null;
    this.shm = null;
    try {
      if (wal) disk.closeSync(wal.fd);
    } finally {
      if (shm) disk.closeSync(shm.fd);
    }
  }
}

/** Goes over to the file that has the name now, if it is another one. `set` is told at once of what is open. */
function follow(path: string, known: OpenFile | null, set: (now: OpenFile | null) => void, open: () => number): void {
  const now = lookAt(path);
  if (now && known?.inode === now.ino) return;
  // Forgotten first: a file that was closed and cannot be opened again must not be closed twice.
  set(null);
  if (known) disk.closeSync(known.fd);
  if (!now) return;
  try {
    // Between the two calls the name may have moved on: the next look finds out.
    set({ fd: open(), inode: now.ino });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

/** What has the name itself: a link would lead to a file that need not be this database's. */
function lookAt(path: string): Stats | undefined {
  const found = disk.lstatSync(path, MAY_BE_MISSING);
  if (found && !found.isFile()) throw odd(`${path} is ${found.isSymbolicLink() ? "a link" : "no plain file"}`);
  return found;
}

function missing(path: string): CaptureStopped {
  const cause = `There is no file at ${path} any more.`;
  const remedy = "Move the database back to this path, or detach it; its history stays as it is.";
  return new CaptureStopped({ cause, remedy }, { mayPass: true });
}

/** What was put there may be a link to a file that only Lastgood may reach: a new start must not go on with it either. */
function odd(what: string): CaptureStopped {
  const cause = `${what}: it could lead to another file than the database's own, so nothing of it is read.`;
  const remedy =
    "Find out who put it there, and put the database's own files back in their place. Only then restart Lastgood, which goes on with them.";
  return new CaptureStopped({ cause, remedy }, { mayPass: false });
}

/** Whether the other file belongs into this history is for a person to say, who restarts the reader. */
function replaced(path: string): CaptureStopped {
  const cause = `Another file was moved to ${path}: what is captured is the old one, which no longer has a name.`;
  const remedy =
    "Restart Lastgood to go on with the new file: the difference is captured as one step, marked as a gap.";
  return new CaptureStopped({ cause, remedy }, { mayPass: false });
}
