import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SealAt } from "../../lib/engines/sqlite/history/history-writer.ts";
import { MadeHistory } from "./made-history.ts";

/** A history of what SQLite itself made of statements: each call is one commit, whatever it does to the file. Pages of 512 bytes. */
export class FileHistory {
  readonly made: MadeHistory;
  readonly #source: DatabaseSync;
  readonly #file: string;

  constructor(sealAt?: SealAt) {
    this.made = new MadeHistory(sealAt);
    this.#file = path.join(this.made.directory, "source.db");
    this.#source = new DatabaseSync(this.#file);
    this.#source.exec("PRAGMA page_size = 512; PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF");
  }

  /** Runs statements; answers the number of the commit that they became. */
  commit(sql: string): number {
    this.#source.exec(sql);
    this.made.change(readFileSync(this.#file));
    return this.made.writer.newest.txid;
  }

  /** `count` rows, in one commit. */
  insert(table: string, count: number, bodyBytes = 20): number {
    return this.commit(
      `INSERT INTO ${table} (body) WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${count})
       SELECT substr(hex(randomblob(${bodyBytes})), 1, ${bodyBytes}) FROM s`,
    );
  }

  count(table: string): number {
    const [row] = this.#source.prepare(`SELECT count(*) AS n FROM ${table}`).all();
    return Number(row?.n);
  }

  /** Makes all commits durable. */
  async flush(): Promise<void> {
    await this.made.writer.flush();
    this.made.writeMirror(this.made.state());
  }

  async remove(): Promise<void> {
    this.#source.close();
    await this.made.writer.close();
    rmSync(this.made.directory, { recursive: true, force: true });
  }
}
