import { crc32 } from "node:zlib";
import { assert } from "../../../domain/assert.ts";
import { disk } from "../../../storage/disk.ts";
import { applyDelta } from "../history/page-delta.ts";
import type { HistoryView, PageDelta } from "../history/records.ts";
import type { ContentRequest } from "./content-at.ts";
import type { PageWorkspace } from "./page-workspace.ts";

const SCHEMA_COOKIE_AT = 40;
/** Pages that get their memory at once. */
const SLAB_PAGES = 64;

/** One page on its way back. `known`: its content is the version that the next older delta leads to. */
type Traced = { known: boolean; crcBefore: number };

/** Takes pages backwards from the mirror, step by step, into a workspace. */
export class BackwardWalk {
  /** What each wanted page must be, by its CRC-32. */
  readonly wantedCrcs = new Map<number, number>();
  /** Pages whose version in the mirror no step names. */
  lost = new Set<number>();
  highestCookie = 0;
  readonly #history: HistoryView;
  readonly #request: ContentRequest;
  readonly #sizePages: number;
  readonly #workspace: PageWorkspace;
  #slab = Buffer.alloc(0);

  /** @param sizePages pages of the state that is wanted; none beyond it is */
  constructor(history: HistoryView, request: ContentRequest, sizePages: number, workspace: PageWorkspace) {
    this.#history = history;
    this.#request = request;
    this.#sizePages = sizePages;
    this.#workspace = workspace;
  }

  /** Goes from the newest commit back to `sinceTxid`, over whole segments at once where they are stored so. */
  go(): number {
    const { skip } = this.#request;
    return this.#walk("steps", (page) => !skip.has(page));
  }

  /**
   * The same for the pages that were `lost`, and those that commits since then have touched for the first time. Commit by
   * commit: a mirror that lags holds a version that a larger step passes over.
   */
  goAgain(): number {
    const { lost } = this;
    const { skip } = this.#request;
    return this.#walk("recordParts", (page) => !skip.has(page) && (lost.has(page) || !this.#workspace.has(page)));
  }

  #walk(by: "steps" | "recordParts", isWanted: (page: number) => boolean): number {
    const { sinceTxid, signal, report } = this.#request;
    const newest = this.#history.newest();
    const fd = openIfThere(this.#history.mirrorPath());
    const traced = new Map<number, Traced>();
    const total = newest.txid - sinceTxid;
    try {
      for (const step of this.#history[by](sinceTxid + 1, newest.txid, "descending")) {
        for (const delta of step.pages) {
          if (delta.page > this.#sizePages || (!traced.has(delta.page) && !isWanted(delta.page))) continue;
          this.#step(fd, delta, step.sizeAfter, traced);
          if (delta.page === 1 && "cookieXors" in step) this.#noteCookiesBetween(step.cookieXors, traced);
        }
        report?.(newest.txid + 1 - ("fromTxid" in step ? step.fromTxid : step.txid), total);
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
  ): void {
    const first = traced.get(page);
    const content = first ? this.#workspace.get(page) : this.#readMirror(mirrorFd, page, sizeAfter);
    assert(content, "a page that was met before is in the workspace");
    let known = first?.known ?? false;
    if (!known && crc32(content) === crcAfter) known = true;
    if (known) {
      if (page === 1) this.#noteCookie(content);
      applyDelta(content, delta);
      if (page === 1) this.#noteCookie(content);
    }
    this.#workspace.put(page, content);
    if (first) {
      first.known = known;
      first.crcBefore = crcBefore;
    } else {
      traced.set(page, { known, crcBefore });
    }
  }

  /** A page beyond the end of the database counts as zeroes, whatever an older state left in the mirror. */
  #readMirror(fd: number | null, page: number, sizeAfter: number): Buffer {
    const { pageSize } = this.#history;
    if (this.#slab.length < pageSize) this.#slab = Buffer.allocUnsafeSlow(SLAB_PAGES * pageSize);
    const content = this.#slab.subarray(0, pageSize);
    this.#slab = this.#slab.subarray(pageSize);
    const isThere = fd !== null && page <= sizeAfter;
    const got = isThere ? disk.readSync(fd, content, 0, pageSize, (page - 1) * pageSize) : 0;
    if (got < pageSize) content.fill(0, got);
    return content;
  }

  #noteCookie(content: Buffer): void {
    this.highestCookie = Math.max(this.highestCookie, content.readUInt32BE(SCHEMA_COOKIE_AT));
  }

  /** Those that page 1 had within a step over several commits, behind which it now stands. */
  #noteCookiesBetween(xors: readonly number[], traced: ReadonlyMap<number, Traced>): void {
    const content = traced.get(1)?.known ? this.#workspace.get(1) : null;
    if (!content) return;
    const before = content.readUInt32BE(SCHEMA_COOKIE_AT);
    for (const xor of xors) this.highestCookie = Math.max(this.highestCookie, (before ^ xor) >>> 0);
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
