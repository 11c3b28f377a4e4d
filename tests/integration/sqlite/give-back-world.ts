import { randomUUID } from "node:crypto";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { GiveBackPlan, GiveBackTable, GivenBack, OnConflict, RowsOrder } from "../../../lib/domain/give-back.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { runSqlElsewhere } from "../../world/sql-elsewhere.ts";
import { quietRun, type SqliteWorld } from "../../world/sqlite-world.ts";

/** Somebody's database, written by a program of theirs, and rows of its past. */
export class GiveBackWorld {
  readonly world: SqliteWorld;
  readonly db: ProtectedDatabase;

  private constructor(world: SqliteWorld, db: ProtectedDatabase) {
    this.world = world;
    this.db = db;
  }

  /** Makes a database with these statements and has it captured. */
  static async open(world: SqliteWorld, name: string, sql: string): Promise<GiveBackWorld> {
    const file = world.file(`${name}.db`);
    await runSqlElsewhere(file, `PRAGMA journal_mode = wal; ${sql}`);
    return new GiveBackWorld(world, await world.attach(file));
  }

  /** Runs statements in a process of their own. */
  async sql(text: string): Promise<void> {
    await runSqlElsewhere(this.db.path, text);
  }

  query(text: string): Promise<unknown[][]> {
    return runSqlElsewhere(this.db.path, "", text);
  }

  async now(): Promise<Bookmark> {
    return (await this.world.engine.current(this.db)).bookmark;
  }

  order(from: Bookmark, tables: GiveBackTable[], include: "parents"[] = []): RowsOrder {
    return { kind: "give-back", from, selection: { tables, include } };
  }

  plan(order: RowsOrder): Promise<GiveBackPlan> {
    return this.world.engine.rows.plan(this.db, order, quietRun());
  }

  run(order: RowsOrder, planDigest: string, onConflict: OnConflict = {}, restoreId = randomUUID()): Promise<GivenBack> {
    return this.world.engine.rows.run(this.db, restoreId, { order, planDigest, onConflict }, quietRun());
  }

  /** Plan and run. */
  async give(order: RowsOrder, onConflict: OnConflict = {}): Promise<GivenBack> {
    const { digest } = await this.plan(order);
    return this.run(order, digest, onConflict);
  }

  undoOf(done: GivenBack): RowsOrder {
    if (!done.restoreBookmark) throw new Error("it made a commit");
    const tables = done.rows.tables.map(({ name }) => name);
    return { kind: "undo", previous: done.previous.bookmark, reached: done.restoreBookmark, tables };
  }

  /** All there is, row by row, exactly. */
  async dump(): Promise<string> {
    return JSON.stringify(await runSqlElsewhere(this.db.path, "", ":dump"));
  }
}
