import path from "node:path";
import { realDisk, useDisk } from "../../../../../lib/storage/disk.ts";
import { MadeHistory } from "../../../../world/made-history.ts";
import type { Scenario } from "../scenario.ts";

/** What was done in a directory whose names were not durable yet. */
class NameWatch {
  readonly late: string[] = [];
  names = 0;
  readonly #files = new Map<number, string>();
  readonly #unsynced = new Set<string>();

  opened(fd: number, file: string, flags: unknown): void {
    this.#files.set(fd, file);
    if (typeof flags === "string" && flags.startsWith("w") && !file.endsWith(".new")) this.#named(file);
  }

  renamed(to: string): void {
    this.#demand(`rename to ${to}`);
    this.#named(to);
  }

  synced(fd: number): void {
    this.#unsynced.delete(this.#files.get(fd) ?? "");
  }

  /** Records become durable: whoever waits for them is told. */
  flushed(): void {
    this.#demand("flush");
  }

  #named(file: string): void {
    this.names++;
    this.#unsynced.add(path.dirname(file));
  }

  #demand(what: string): void {
    if (this.#unsynced.size > 0) this.late.push(what);
  }
}

export const scenario: Scenario = async () => {
  const watch = new NameWatch();
  const restore = useDisk({
    openSync: (file, flags, mode) => {
      const fd = realDisk.openSync(file, flags, mode);
      watch.opened(fd, String(file), flags);
      return fd;
    },
    renameSync: (from, to) => {
      watch.renamed(String(to));
      realDisk.renameSync(from, to);
    },
    fsyncSync: (fd) => {
      realDisk.fsyncSync(fd);
      watch.synced(fd);
    },
    fdatasync: (fd) => {
      watch.flushed();
      return realDisk.fdatasync(fd);
    },
  });
  const made = new MadeHistory({ bytes: 1e9, commits: 20 });
  await made.commit(200);
  await made.writer.close();
  restore();
  if (watch.names < 15) return `only ${watch.names} names were given`;
  return watch.late.length === 0 ? null : `before a name was durable: ${watch.late.slice(0, 3).join(", ")}`;
};
