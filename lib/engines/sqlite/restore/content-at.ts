import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { assert } from "../../../domain/assert.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { historyDamaged } from "../history/format.ts";
import { applyDelta } from "../history/page-delta.ts";
import type { HistoryView, PageDelta } from "../history/records.ts";
import { PageWorkspace } from "./page-workspace.ts";

export type ContentRequest = {
  /** The state wanted: pages are computed as they were right after this commit. */
  toTxid: number;
  /** Pages touched after this commit are wanted; at least `toTxid`. Of `toTxid` and it nothing else may have touched them. */
  sinceTxid: number;
  /** Pages that are not wanted. */
  skip: { has(page: number): boolean };
  workspaceFile: string;
  signal?: AbortSignal;
  report?: (done: number, total: number) => void;
};

export type Contents = {
  /** The newest commit that was taken into account. */
  throughTxid: number;
  /** Pages of the database at `toTxid`. */
  sizePages: number;
  /** Verified contents; to be closed. */
  workspace: PageWorkspace;
  /** The highest schema cookie seen on page 1 on the way. */
  highestCookie: number;
};

const MEMORY_BYTES = 192 * 1024 * 1024;
const SCHEMA_COOKIE_AT = 40;
/** How often a page of the mirror that no record names is read again: the reader may be writing it. */
const MIRROR_TRIES = 20;

/**
 * The content at `toTxid` of every page touched after `sinceTxid`, each checked against the CRC-32 that the history names for
 * it then. Taken backwards from the mirror; pages that the mirror does not hold whole are taken forwards from the
 * base image. Throws `history_damaged` when neither end yields a page.
 */
export async function contentAt(history: HistoryView, request: ContentRequest): Promise<Contents> {
  history.refresh();
  const target = history.byTxid(request.toTxid);
  assert(target && request.sinceTxid >= request.toTxid, "the commit to go back to is in the history");
  const workspace = new PageWorkspace(request.workspaceFile, history.pageSize, MEMORY_BYTES);
  try {
    const walk = new BackwardWalk(history, request, target.sizeAfter, workspace);
    for (let tries = 0; ; tries++) {
      const throughTxid = walk.go(tries === 0 ? null : walk.lost);
      if (walk.lost.size === 0 || tries === MIRROR_TRIES) {
        if (walk.lost.size > 0) forwardFromBase(history, request, walk.lost, walk.wantedCrcs, workspace);
        const { highestCookie } = walk;
        return { throughTxid, sizePages: target.sizeAfter, workspace, highestCookie };
      }
      await sleep(5 * (tries + 1));
      request.signal?.throwIfAborted();
      history.refresh();
    }
  } catch (error) {
    workspace.close();
    throw error;
  }
}

/** One page on its way back. `known`: its content is the version that the next older delta leads to. */
type Traced = { known: boolean; crcBefore: number };

class BackwardWalk {
  /** What each wanted page must be, by its CRC-32. */
  readonly wantedCrcs = new Map<number, number>();
  /** Pages whose version in the mirror no record names. */
  lost = new Set<number>();
  highestCookie = 0;
  readonly #history: HistoryView;
  readonly #request: ContentRequest;
  readonly #sizePages: number;
  readonly #workspace: PageWorkspace;

  constructor(history: HistoryView, request: ContentRequest, sizePages: number, workspace: PageWorkspace) {
    this.#history = history;
    this.#request = request;
    this.#sizePages = sizePages;
    this.#workspace = workspace;
  }

  /**
   * Goes from the newest commit back to `sinceTxid`. A repeat takes only the pages that were `lost`, and those that
   * commits since then have touched for the first time.
   */
  go(again: ReadonlySet<number> | null): number {
    const { sinceTxid, skip, signal, report } = this.#request;
    const newest = this.#history.newest();
    const fd = openIfThere(this.#history.mirrorPath());
    const traced = new Map<number, Traced>();
    const total = newest.txid - sinceTxid;
    try {
      for (const { txid, pages, sizeAfter } of this.#history.records(sinceTxid + 1, newest.txid, "descending")) {
        for (const delta of pages) {
          const { page } = delta;
          if (page > this.#sizePages || skip.has(page)) continue;
          // Of a page that is new to a repeat every step counts, not only the first one met.
          const isSettled = this.#workspace.has(page) && !traced.has(page) && !again?.has(page);
          if (again && isSettled) continue;
          this.#step(fd, delta, sizeAfter, traced);
        }
        report?.(newest.txid - txid, total);
        signal?.throwIfAborted();
      }
    } finally {
      if (fd !== null) disk.closeSync(fd);
    }
    this.lost = new Set();
    for (const [page, { crcBefore }] of traced) {
      const content = this.#workspace.get(page);
      this.wantedCrcs.set(page, crcBefore);
      // A mirror that lags holds the page as it was before the oldest of these deltas.
      const isRight = content !== null && crc32(content) === crcBefore;
      if (!isRight) this.lost.add(page);
    }
    return newest.txid;
  }

  #step(
    mirrorFd: number | null,
    { page, crcBefore, crcAfter, delta }: PageDelta,
    sizeAfter: number,
    traced: Map<number, Traced>,
  ) {
    const first = traced.get(page);
    let content = first ? this.#workspace.get(page) : this.#readMirror(mirrorFd, page, sizeAfter);
    assert(content, "a page that was met before is in the workspace");
    let known = first?.known ?? false;
    if (!known && crc32(content) === crcAfter) known = true;
    if (known) {
      if (page === 1) this.#noteCookie(content);
      content = Buffer.from(content);
      applyDelta(content, delta);
      if (page === 1) this.#noteCookie(content);
    }
    this.#workspace.put(page, content);
    traced.set(page, { known, crcBefore });
  }

  /** A page beyond the end of the database counts as zeroes, whatever an older state left in the mirror. */
  #readMirror(fd: number | null, page: number, sizeAfter: number): Buffer {
    const { pageSize } = this.#history;
    const content = Buffer.alloc(pageSize);
    if (fd !== null && page <= sizeAfter) disk.readSync(fd, content, 0, pageSize, (page - 1) * pageSize);
    return content;
  }

  #noteCookie(content: Buffer): void {
    this.highestCookie = Math.max(this.highestCookie, content.readUInt32BE(SCHEMA_COOKIE_AT));
  }
}

/** The mirror is missing while the reader makes it anew. */
function openIfThere(file: string): number | null {
  try {
    return disk.openSync(file, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** The other way to a page's content: its version in the base image and every step from there. */
function forwardFromBase(
  history: HistoryView,
  { toTxid, signal }: ContentRequest,
  pages: ReadonlySet<number>,
  wantedCrcs: ReadonlyMap<number, number>,
  workspace: PageWorkspace,
): void {
  const base = history.base();
  const fd = disk.openSync(base.path, "r");
  try {
    for (const page of pages) {
      const content = Buffer.alloc(history.pageSize);
      if (page <= base.sizePages) {
        disk.readSync(fd, content, 0, history.pageSize, (page - 1) * history.pageSize);
        if (crc32(content) !== base.crcOf(page)) {
          throw historyDamaged(base.path, `page ${page} fails its checksum`, base.txid, toTxid);
        }
      }
      workspace.put(page, content);
    }
  } finally {
    disk.closeSync(fd);
  }
  for (const record of history.records(base.txid + 1, toTxid, "ascending")) {
    for (const { page, delta } of record.pages) {
      if (!pages.has(page)) continue;
      const content = workspace.get(page);
      assert(content, "every page has begun with its base image");
      applyDelta(content, delta);
      workspace.put(page, content);
    }
    signal?.throwIfAborted();
  }
  for (const page of pages) {
    const content = workspace.get(page);
    if (content && crc32(content) === wantedCrcs.get(page)) continue;
    throw new LastgoodError(
      "history_damaged",
      `Page ${page} cannot be brought back: neither end of the history yields it.`,
      {
        hint: "Choose another moment, and have the history verified.",
        toTxid,
      },
    );
  }
}
