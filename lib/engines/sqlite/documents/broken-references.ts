import type { DatabaseSync } from "node:sqlite";
import { quote } from "../give-back/table-shape.ts";
import { sqliteCodeOf } from "../wal/sqlite-busy.ts";

const SQLITE_ERROR = 1;

/**
 * How many references of a table's rows lead nowhere. A foreign key that means no unique key of its parent is one that SQLite cannot
 * follow at all ("foreign key mismatch"): then nobody has ever been held to it, and nothing counts.
 */
export function countBrokenReferences(connection: DatabaseSync, table: string): number {
  try {
    let broken = 0;
    for (const _ of connection.prepare(`PRAGMA main.foreign_key_check(${quote(table)})`).iterate()) broken++;
    return broken;
  } catch (error) {
    if (sqliteCodeOf(error) === SQLITE_ERROR) return 0;
    throw error;
  }
}
