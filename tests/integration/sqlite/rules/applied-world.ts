import { copyFileSync, readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Run } from "../../../../lib/engines/engine.ts";
import type { Applied, LockedState } from "../../../../lib/engines/sqlite/apply/apply-messages.ts";
import { applyPages } from "../../../../lib/engines/sqlite/apply/apply-pages.ts";
import { PageSetWriter } from "../../../../lib/engines/sqlite/apply/page-set-file.ts";

const PAGE_SIZE = 4096;

/** A database with an earlier state of it in a copy; the application's connection is in this process, the applying one not. */
export class AppliedWorld {
  readonly folder: string;
  readonly file: string;
  readonly app: DatabaseSync;

  /** @param earlier SQL that makes the state to go back to @param since SQL that leads from there to now */
  constructor(folder: string, earlier: string, since: string) {
    this.folder = folder;
    this.file = path.join(folder, "live.db");
    const maker = new DatabaseSync(this.file);
    maker.exec(`PRAGMA page_size = ${PAGE_SIZE}; PRAGMA journal_mode = WAL; ${earlier}`);
    // Closed: whatever is copied now has nobody's locks on it.
    maker.close();
    copyFileSync(this.file, this.copy);
    this.app = new DatabaseSync(this.file);
    this.app.exec(`PRAGMA wal_autocheckpoint = 0; ${since}`);
  }

  get copy(): string {
    return path.join(this.folder, "copy.db");
  }

  /** Brings the database to the copy's state in a process of its own, as a restore does. */
  async goBack(whileLocked: (state: LockedState) => Promise<void> = async () => undefined): Promise<Applied> {
    const image = readFileSync(this.copy);
    const pagesFile = path.join(this.folder, "pages");
    const set = new PageSetWriter(pagesFile, PAGE_SIZE);
    for (let at = 0; at < image.length; at += PAGE_SIZE)
      set.add(at / PAGE_SIZE + 1, image.subarray(at, at + PAGE_SIZE));
    set.finish();
    const run: Run = { signal: new AbortController().signal, progress: () => undefined };
    const job = {
      restoreId: "one",
      databasePath: this.file,
      intentPath: path.join(this.folder, "intent"),
      pagesFile: null,
      cookieFloor: 0,
      lockTimeoutMs: 5000,
      pagesTimeoutMs: 5000,
    };
    const provide = async (state: LockedState) => {
      await whileLocked(state);
      return { pagesFile, sizeAfterPages: image.length / PAGE_SIZE };
    };
    const applied = await applyPages(job, provide, run);
    if (!applied) throw new Error("the pages were provided");
    return applied;
  }

  /** One value of a connection that knows nothing of what was before. */
  fresh(sql: string): unknown {
    const connection = new DatabaseSync(this.file);
    try {
      return Object.values(connection.prepare(sql).get() ?? {})[0];
    } finally {
      connection.close();
    }
  }
}
