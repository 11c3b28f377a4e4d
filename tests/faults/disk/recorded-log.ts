import { copyFileSync, mkdtempSync, openSync, readFileSync, realpathSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { SqlSession } from "../../world/sql-session.ts";

/** Two copies of the index header and the checkpoint's counters: what a reader of the log needs. */
const PUBLISHED_BYTES = 136;

/**
 * A real log, written by another process, that can be shown as it stood after each of its commits: all frames are there
 * from the start, and those behind the published header do not count yet. Nobody has the files open with SQLite.
 */
export class RecordedLog {
  /** The database's path; `-wal` and `-shm` lie beside it. */
  readonly file: string;
  /** The exact database after each commit, as SQLite itself copied it. */
  readonly states: readonly Buffer[];
  readonly #published: readonly Buffer[];
  readonly #indexFd: number;

  /** Runs the statements in a foreign process, a commit each. */
  static async record(statements: readonly string[], pageSize: number): Promise<RecordedLog> {
    const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "recorded-")));
    const live = path.join(folder, "live.db");
    const session = await SqlSession.open(live, ["--page-size", String(pageSize)]);
    const states: Buffer[] = [];
    const published: Buffer[] = [];
    try {
      await session.sql("pragma wal_autocheckpoint = 0");
      for (const statement of statements) {
        await session.sql(statement);
        published.push(readFileSync(`${live}-shm`).subarray(0, PUBLISHED_BYTES));
        states.push(await session.copy());
      }
      const file = path.join(folder, "app.db");
      for (const ending of ["", "-wal", "-shm"]) copyFileSync(live + ending, file + ending);
      return new RecordedLog(file, states, published);
    } finally {
      session.kill();
    }
  }

  private constructor(file: string, states: readonly Buffer[], published: readonly Buffer[]) {
    this.file = file;
    this.states = states;
    this.#published = published;
    this.#indexFd = openSync(`${file}-shm`, "r+");
  }

  get last(): number {
    return this.states.length - 1;
  }

  /** Database, log and index: what the engine reads of it. */
  get files(): string[] {
    return ["", "-wal", "-shm"].map((ending) => this.file + ending);
  }

  /** From now on the log ends with this commit, counted from 0. */
  show(commit: number): void {
    const header = this.#published[commit];
    if (!header) throw new Error(`the log has no commit ${commit}`);
    writeSync(this.#indexFd, header, 0, header.length, 0);
  }

  /** Page sizes and growth that every scenario has in it: inserts, overflow, deletes, a shrink. */
  static statements(commits: number): string[] {
    return Array.from({ length: commits }, (_, i) => {
      if (i % 13 === 9) return "vacuum";
      if (i % 7 === 5) return "delete from t where id % 3 = 1";
      if (i % 5 === 3) return `insert into t(v) values (randomblob(${2000 + 100 * i}))`;
      if (i % 4 === 2) return "update t set v = randomblob(200) where id % 2 = 0";
      return `insert into t(v) values (randomblob(${50 + i}))`;
    });
  }
}
