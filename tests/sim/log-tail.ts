import { closeSync, openSync, readSync, statSync } from "node:fs";

/** One commit as the log holds it. The contents are valid until the next `read`. */
export type SeenCommit = { salt1: number; salt2: number; frame: number; sizePages: number; pages: Map<number, Buffer> };

const INDEX_COPY = 48;
const LOG_HEADER = 32;
const FRAME_HEADER = 24;
const MOST_TRIES = 20_000;

/**
 * A second, independent reader of SQLite's log, for the oracle: what is published by the index, in the order of the log, split
 * at the frames that end a commit (https://www.sqlite.org/walformat.html). It shares no code with capture. Whoever calls
 * it sees to it that no log is restarted before it was read; the index's count of commits proves that none was.
 */
export class LogTail {
  readonly #file: string;
  readonly #frameBytes: number;
  #log: { fd: number; inode: number } | null = null;
  #index: { fd: number; inode: number } | null = null;
  #salt1 = 0;
  #salt2 = 0;
  #frame = 0;
  /** The index's own count of commits where we stand; null when it began anew. */
  #counted: number | null = null;
  #buffer = Buffer.alloc(1 << 20);
  readonly #header = Buffer.alloc(2 * INDEX_COPY);

  constructor(file: string, pageSize: number) {
    this.#file = file;
    this.#frameBytes = FRAME_HEADER + pageSize;
  }

  /** The commits since the last call. */
  read(): SeenCommit[] {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const commits = this.#tryRead();
      if (commits) return commits;
    }
    throw new Error("the oracle cannot read the log");
  }

  close(): void {
    if (this.#log) closeSync(this.#log.fd);
    if (this.#index) closeSync(this.#index.fd);
    this.#log = null;
    this.#index = null;
  }

  #tryRead(): SeenCommit[] | null {
    this.#log = follow(`${this.#file}-wal`, this.#log);
    const known = this.#index?.inode;
    this.#index = follow(`${this.#file}-shm`, this.#index);
    if (this.#index?.inode !== known) this.#counted = null;
    if (!this.#log || !this.#index) return [];
    const header = this.#header;
    const got = readSync(this.#index.fd, header, 0, header.length, 0);
    if (got < header.length || header[12] === 0) return [];
    if (header.compare(header, INDEX_COPY, 2 * INDEX_COPY, 0, INDEX_COPY) !== 0) return null;
    const count = header.readUInt32LE(8);
    const last = header.readUInt32LE(16);
    const salt1 = header.readUInt32BE(32);
    const salt2 = header.readUInt32BE(36);
    const isOther = salt1 !== this.#salt1 || salt2 !== this.#salt2;
    const from = isOther ? 0 : this.#frame;
    if (last < from) throw new Error(`the log has ${last} frames where it had ${from}`);
    const commits = this.#split(this.#log.fd, from, last, salt1, salt2);
    if (!commits) return null;
    this.#compareCount(count, commits.length);
    this.#salt1 = salt1;
    this.#salt2 = salt2;
    this.#frame = last;
    return commits;
  }

  #split(fd: number, from: number, last: number, salt1: number, salt2: number): SeenCommit[] | null {
    const bytes = (last - from) * this.#frameBytes;
    if (bytes === 0) return [];
    if (this.#buffer.length < bytes) this.#buffer = Buffer.alloc(bytes * 2);
    const buffer = this.#buffer;
    if (readSync(fd, buffer, 0, bytes, LOG_HEADER + from * this.#frameBytes) !== bytes) return null;
    const commits: SeenCommit[] = [];
    let pages = new Map<number, Buffer>();
    for (let at = 0, frame = from + 1; frame <= last; frame++, at += this.#frameBytes) {
      if (buffer.readUInt32BE(at + 8) !== salt1 || buffer.readUInt32BE(at + 12) !== salt2) return null;
      pages.set(buffer.readUInt32BE(at), buffer.subarray(at + FRAME_HEADER, at + this.#frameBytes));
      const sizePages = buffer.readUInt32BE(at + 4);
      if (sizePages === 0) continue;
      commits.push({ salt1, salt2, frame, sizePages, pages });
      pages = new Map();
    }
    return commits;
  }

  /** The index counts every commit for as long as it lives: so none has passed unseen. */
  #compareCount(count: number, commits: number): void {
    // A recovery begins the count anew.
    const isAnew = this.#counted !== null && count < this.#counted;
    if (this.#counted !== null && !isAnew && count - this.#counted !== commits) {
      throw new Error(`the oracle saw ${commits} commits where the index counts ${count - this.#counted}`);
    }
    this.#counted = count;
  }
}

function follow(path: string, known: { fd: number; inode: number } | null): { fd: number; inode: number } | null {
  const now = statSync(path, { throwIfNoEntry: false });
  if (now && known?.inode === now.ino) return known;
  if (known) closeSync(known.fd);
  return now ? { fd: openSync(path, "r"), inode: now.ino } : null;
}
