import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { SeenCommit } from "./log-tail.ts";
import { hashPage, hashRestored } from "./page-hash.ts";

/** A page that nobody ever wrote: SQLite may count it in without writing it, and never reads it. Any content is right. */
export const UNWRITTEN = "unwritten";
const ABSENT = "absent";

/** Calls `visit` for each page of a file, with a buffer that is used again. */
export function forEachPage(file: string, pageSize: number, visit: (page: number, content: Buffer) => void): void {
  const fd = openSync(file, "r");
  const content = Buffer.alloc(pageSize);
  try {
    for (let page = 1; readSync(fd, content, 0, pageSize, (page - 1) * pageSize) === pageSize; page++) {
      visit(page, content);
    }
  } finally {
    closeSync(fd);
  }
}

type Versions = { since: number[]; hashes: string[] };

/**
 * What every page was after every commit, by strong hashes of whole pages; states count from 0, the one that the world began
 * with.
 */
export class PageHistory {
  /** Pages of the database by state. */
  readonly sizes: number[] = [];
  /** Of page 1, what a restore brings back, by state. */
  readonly #restored: string[] = [];
  readonly #versions = new Map<number, Versions>();

  /** @param file the whole database, of which there is no log */
  constructor(file: string, pageSize: number) {
    const pages = statSync(file).size / pageSize;
    this.sizes.push(pages);
    forEachPage(file, pageSize, (page, content) => {
      this.#set(page, hashPage(page, content));
      if (page === 1) this.#restored.push(hashRestored(content));
    });
    const lockByte = 2 ** 30 / pageSize + 1;
    if (pages >= lockByte) this.#set(lockByte, UNWRITTEN);
  }

  get newest(): number {
    return this.sizes.length - 1;
  }

  /** Takes a commit in; false when it changed nothing but what SQLite counts for itself. */
  add(commit: SeenCommit): boolean {
    const sizeBefore = this.sizeAt(this.newest);
    const [only] = commit.pages;
    const isAlone = commit.pages.size === 1 && only?.[0] === 1 && commit.sizePages === sizeBefore;
    if (isAlone && hashPage(1, only[1]) === this.hashAt(1, this.newest)) return false;
    this.sizes.push(commit.sizePages);
    for (let page = commit.sizePages + 1; page <= sizeBefore; page++) this.#set(page, ABSENT);
    for (let page = sizeBefore + 1; page <= commit.sizePages; page++) {
      if (!commit.pages.has(page)) this.#set(page, UNWRITTEN);
    }
    for (const [page, content] of commit.pages) {
      if (page <= commit.sizePages) this.#set(page, hashPage(page, content));
    }
    const pageOne = commit.pages.get(1);
    this.#restored.push(pageOne ? hashRestored(pageOne) : (this.#restored.at(-1) ?? ""));
    return true;
  }

  sizeAt(state: number): number {
    return this.sizes[state] ?? 0;
  }

  hashAt(page: number, state: number): string {
    const versions = this.#versions.get(page);
    if (!versions) return ABSENT;
    const { since, hashes } = versions;
    let low = 0;
    let high = since.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if ((since[middle] as number) <= state) low = middle + 1;
      else high = middle - 1;
    }
    return high < 0 ? ABSENT : (hashes[high] as string);
  }

  /** The first page at which one state, as a restore brings it back, differs from another; null when none does. */
  differs(state: number, other: number): number | null {
    if (this.sizeAt(state) !== this.sizeAt(other)) return Math.min(this.sizeAt(state), this.sizeAt(other)) + 1;
    if (this.#restored[state] !== this.#restored[other]) return 1;
    for (let page = 2; page <= this.sizeAt(state); page++) {
      const [one, two] = [this.hashAt(page, state), this.hashAt(page, other)];
      if (one !== two && one !== UNWRITTEN && two !== UNWRITTEN) return page;
    }
    return null;
  }

  #set(page: number, hash: string): void {
    const state = this.newest;
    const versions = this.#versions.get(page);
    if (!versions) {
      this.#versions.set(page, { since: [state], hashes: [hash] });
    } else if (versions.since.at(-1) === state) {
      versions.hashes[versions.hashes.length - 1] = hash;
    } else if (versions.hashes.at(-1) !== hash) {
      versions.since.push(state);
      versions.hashes.push(hash);
    }
  }
}
