import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bookmark } from "../domain/bookmark.ts";
import type { EngineCopies, ProtectedDatabase, SqlTextOptions } from "../engines/engine.ts";
import type { DownloadReply } from "./protocol.ts";

const KEPT_MS = 15 * 60_000;
const LOOK_EVERY_MS = 60_000;
/** Each is a whole copy of a database. */
const MOST_KEPT = 8;

type Download = { id: string; file: string; ready: Promise<DownloadReply>; isWritten: boolean; usedAtMs: number };

/**
 * States that are being downloaded, written out once each and kept for a while, so that a download that broke off goes on. None
 * outlives the agent: whoever asks for the same bookmark again gets the same bytes.
 */
export class Downloads {
  readonly #directory: string;
  readonly #copies: () => EngineCopies;
  readonly #known = new Map<string, Download>();
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(directory: string, copies: () => EngineCopies) {
    this.#directory = directory;
    this.#copies = copies;
    rmSync(directory, { recursive: true, force: true });
    this.#timer = setInterval(() => this.#forgetOld(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Writes a state out, unless it is there. Throws as `EngineCopies.writeOut` does. */
  async prepare(db: ProtectedDatabase, at: Bookmark): Promise<DownloadReply> {
    const key = `${db.id}:${at}`;
    const known = this.#known.get(key) ?? this.#begin(key, db, at);
    known.usedAtMs = performance.now();
    return known.ready;
  }

  /** The same as SQL; null when it is not written within that time, then it is asked for again. Throws as `writeSqlText` does. */
  async prepareText(
    db: ProtectedDatabase,
    at: Bookmark,
    options: SqlTextOptions,
    waitMs: number,
  ): Promise<DownloadReply | null> {
    const key = `${db.id}:${at}:${JSON.stringify(options)}`;
    const known = this.#known.get(key) ?? this.#begin(key, db, at, options);
    known.usedAtMs = performance.now();
    const stop = new AbortController();
    const tooLate = sleep(waitMs, null, { signal: stop.signal }).catch(() => null);
    try {
      return await Promise.race([known.ready, tooLate]);
    } finally {
      stop.abort();
    }
  }

  /** The file behind an id; null for one that is not kept any more. */
  async find(downloadId: string): Promise<{ file: string; sizeBytes: number } | null> {
    for (const download of this.#known.values()) {
      if (download.id !== downloadId) continue;
      download.usedAtMs = performance.now();
      return { file: download.file, sizeBytes: (await download.ready).sizeBytes };
    }
    return null;
  }

  /** Forgets those that are written out; whoever asks again gets the same bytes again. */
  clear(): void {
    for (const [key, { isWritten }] of [...this.#known]) if (isWritten) this.#forget(key);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#abort.abort(new Error("the agent ends"));
  }

  #begin(key: string, db: ProtectedDatabase, at: Bookmark, options: SqlTextOptions | null = null): Download {
    for (const oldest of this.#known.keys()) {
      if (this.#known.size < MOST_KEPT) break;
      this.#forget(oldest);
    }
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const id = randomUUID();
    const file = path.join(this.#directory, `${id}.${options ? "sql" : "db"}`);
    const run = { signal: this.#abort.signal, progress: () => undefined };
    const copies = this.#copies();
    const written = options ? copies.writeSqlText(db, at, file, options, run) : copies.writeOut(db, at, file, run);
    const ready = written.then(({ bookmark, timeMs, sizeBytes }) => ({ downloadId: id, bookmark, timeMs, sizeBytes }));
    ready.catch(() => this.#forget(key));
    const download = { id, file, ready, isWritten: false, usedAtMs: performance.now() };
    ready.then(
      () => {
        download.isWritten = true;
      },
      () => undefined,
    );
    this.#known.set(key, download);
    return download;
  }

  #forgetOld(): void {
    for (const [key, { usedAtMs }] of this.#known) if (performance.now() - usedAtMs > KEPT_MS) this.#forget(key);
  }

  /** Whoever reads from it at this moment reads on. */
  #forget(key: string): void {
    const download = this.#known.get(key);
    this.#known.delete(key);
    if (download) rmSync(download.file, { force: true });
  }
}
