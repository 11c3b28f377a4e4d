import { type FSWatcher, watch } from "node:fs";
import path from "node:path";

/** What is looked at: `poll` is cheap and says whether to look again soon. */
export type Polled = { readonly path: string; poll(): boolean };

const ACTIVE_EVERY_MS = 4;
const SAFETY_EVERY_MS = 1000;
const SUFFIXES = ["", "-wal", "-shm"];

/**
 * Decides when to look at which database: at once when its directory reports a change, every few milliseconds while it is
 * active, and once a second in any case. There is one watcher per directory.
 */
export class PollSchedule {
  private readonly byFile = new Map<string, Polled>();
  private readonly all = new Set<Polled>();
  private readonly active = new Set<Polled>();
  private readonly watchers = new Map<string, FSWatcher | null>();
  private readonly safety: NodeJS.Timeout;
  private timer: NodeJS.Timeout | null = null;

  constructor() {
    this.safety = setInterval(() => {
      for (const polled of this.all) {
        this.watchDirectoryOf(polled);
        this.look(polled);
      }
    }, SAFETY_EVERY_MS);
  }

  add(polled: Polled): void {
    this.all.add(polled);
    for (const suffix of SUFFIXES) this.byFile.set(polled.path + suffix, polled);
    this.watchDirectoryOf(polled);
    this.look(polled);
  }

  remove(polled: Polled): void {
    this.all.delete(polled);
    this.active.delete(polled);
    for (const suffix of SUFFIXES) this.byFile.delete(polled.path + suffix);
    const directory = path.dirname(polled.path);
    for (const other of this.all) if (path.dirname(other.path) === directory) return;
    this.watchers.get(directory)?.close();
    this.watchers.delete(directory);
  }

  /** Looks at one now. */
  look(polled: Polled): void {
    if (!this.all.has(polled)) return;
    if (polled.poll()) {
      this.active.add(polled);
      this.timer ??= setTimeout(() => this.lookAtActive(), ACTIVE_EVERY_MS);
    } else {
      this.active.delete(polled);
    }
  }

  close(): void {
    clearInterval(this.safety);
    if (this.timer) clearTimeout(this.timer);
    for (const watcher of this.watchers.values()) watcher?.close();
    this.all.clear();
    this.active.clear();
  }

  private lookAtActive(): void {
    this.timer = null;
    for (const polled of [...this.active]) this.look(polled);
  }

  private watchDirectoryOf(polled: Polled): void {
    const directory = path.dirname(polled.path);
    if (this.watchers.get(directory)) return;
    try {
      const watcher = watch(directory, (_event, name) => {
        const changed = name === null ? undefined : this.byFile.get(path.join(directory, name));
        // One that is active is looked at within milliseconds anyway.
        if (changed && !this.active.has(changed)) this.look(changed);
      });
      watcher.on("error", () => {
        watcher.close();
        this.watchers.set(directory, null);
      });
      this.watchers.set(directory, watcher);
    } catch {
      // No such directory, or no watches left: the look every second remains, and tries again.
      this.watchers.set(directory, null);
    }
  }
}
