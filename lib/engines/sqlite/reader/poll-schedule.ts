import { type FSWatcher, statSync, watch } from "node:fs";
import path from "node:path";
import type { Pace } from "./recent-change.ts";

/** What is looked at: `poll` is cheap and says how soon to look again. */
export type Polled = { readonly path: string; poll(): Pace };

const ACTIVE_EVERY_MS = 4;
const TICK_MS = 1000;
/** Looks without a report become this seldom: so long goes unnoticed a change that the system did not report. */
const SAFETY_MOST_TICKS = 8;
const SUFFIXES = ["", "-wal", "-shm"];

/** `every`: ticks between two looks, a power of two; `due`: the tick of the next one, a multiple of it. */
type Entry = { polled: Polled; directory: string; every: number; due: number };
type Watched = { watcher: FSWatcher; inode: number };

/**
 * Decides when to look at which database: at once when its directory reports a change, every few milliseconds while it is
 * active, and in any case once a second, or ever more seldom, up to every ten seconds, while it is idle and its directory is
 * watched. There is one watcher per directory.
 */
export class PollSchedule {
  private readonly byFile = new Map<string, Entry>();
  private readonly all = new Map<Polled, Entry>();
  private readonly active = new Set<Entry>();
  /** By directory; null where there could be none. */
  private readonly watched = new Map<string, Watched | null>();
  private safety: NodeJS.Timeout | null = null;
  private timer: NodeJS.Timeout | null = null;
  private readonly startedMs = performance.now();
  private checkedTick = 0;
  /** The tick for which `safety` is set. */
  private nextTick = Number.POSITIVE_INFINITY;

  add(polled: Polled): void {
    const entry: Entry = { polled, directory: path.dirname(polled.path), every: 1, due: 0 };
    this.all.set(polled, entry);
    for (const suffix of SUFFIXES) this.byFile.set(polled.path + suffix, entry);
    this.watchDirectory(entry.directory);
    this.look(entry);
  }

  remove(polled: Polled): void {
    const entry = this.all.get(polled);
    if (!entry) return;
    this.all.delete(polled);
    this.active.delete(entry);
    for (const suffix of SUFFIXES) this.byFile.delete(polled.path + suffix);
    for (const other of this.all.values()) if (other.directory === entry.directory) return;
    this.watched.get(entry.directory)?.watcher.close();
    this.watched.delete(entry.directory);
  }

  close(): void {
    if (this.safety) clearTimeout(this.safety);
    if (this.timer) clearTimeout(this.timer);
    for (const watched of this.watched.values()) watched?.watcher.close();
    this.all.clear();
    this.active.clear();
  }

  private look(entry: Entry): void {
    if (!this.all.has(entry.polled)) return;
    const pace = entry.polled.poll();
    if (pace === "active") {
      this.active.add(entry);
      this.timer ??= setTimeout(() => this.lookAtActive(), ACTIVE_EVERY_MS);
    } else {
      this.active.delete(entry);
    }
    const mayWait = pace === "idle" && this.watched.get(entry.directory);
    entry.every = mayWait ? Math.min(entry.every * 2, SAFETY_MOST_TICKS) : 1;
    // Those that are looked at equally often are looked at together: it is the waking up that costs.
    this.lookAgain(entry, (Math.floor(this.now / entry.every) + 1) * entry.every);
  }

  private get now(): number {
    return Math.floor((performance.now() - this.startedMs) / TICK_MS);
  }

  private lookAgain(entry: Entry, due: number): void {
    entry.due = due;
    if (due >= this.nextTick) return;
    this.nextTick = due;
    if (this.safety) clearTimeout(this.safety);
    this.safety = setTimeout(() => this.tick(), this.startedMs + due * TICK_MS - performance.now() + 1);
  }

  private lookAtActive(): void {
    this.timer = null;
    for (const entry of [...this.active]) this.look(entry);
  }

  private tick(): void {
    const { now } = this;
    this.nextTick = Number.POSITIVE_INFINITY;
    if (now - this.checkedTick >= SAFETY_MOST_TICKS) {
      this.checkedTick = now;
      for (const directory of this.watched.keys()) this.checkWatcher(directory);
    }
    for (const entry of this.all.values()) {
      if (entry.due > now) {
        this.lookAgain(entry, entry.due);
        continue;
      }
      this.watchDirectory(entry.directory);
      this.look(entry);
    }
  }

  /** A watcher stays with the directory that it was given, whatever name that one has now. */
  private checkWatcher(directory: string): void {
    const watched = this.watched.get(directory);
    if (!watched || inodeOf(directory) === watched.inode) return;
    this.dropWatcher(directory, watched.watcher);
    for (const entry of this.all.values()) if (entry.directory === directory) entry.due = 0;
  }

  private dropWatcher(directory: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.watched.get(directory)?.watcher === watcher) this.watched.set(directory, null);
  }

  private watchDirectory(directory: string): void {
    if (this.watched.get(directory)) return;
    try {
      const inode = inodeOf(directory);
      if (inode === null) throw new Error(`there is no ${directory}`);
      const watcher = watch(directory, (_event, name) => {
        const changed = name === null ? undefined : this.byFile.get(path.join(directory, name));
        // One that is active is looked at within milliseconds anyway.
        if (changed && !this.active.has(changed)) this.look(changed);
      });
      watcher.on("error", () => this.dropWatcher(directory, watcher));
      this.watched.set(directory, { watcher, inode });
    } catch {
      // No such directory, or no watches left: the look every second remains, and tries again.
      this.watched.set(directory, null);
    }
  }
}

function inodeOf(directory: string): number | null {
  return statSync(directory, { throwIfNoEntry: false })?.ino ?? null;
}
