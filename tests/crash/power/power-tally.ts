import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { DatabaseKind } from "./power-database.ts";

/** What was cut and compared, over all runs of a tally. */
export type PowerTally = {
  cuts: number;
  /** Commits that returned to whoever made them. */
  acknowledged: number;
  /** Bookmarks that the reader named as durable. */
  toldDurable: number;
  /** States that SQLite read and that were compared with the witness. */
  compared: number;
  /** Acknowledged or told, and not there afterwards. */
  lost: number;
  /** States that never were. */
  halfway: number;
  /** Stretches of commits that became one step, each reported by the history. */
  gaps: number;
  /** The same by how the database was written. */
  gapsOf: Record<DatabaseKind, number>;
  /** Commits that SQLite itself lost with synchronous=NORMAL, as it says that it may. */
  takenBySqlite: number;
  /** Cuts by what was going on, and by the place at which a process stood. */
  scenes: Record<string, number>;
  places: Record<string, number>;
  seeds: number[];
};

export function emptyTally(): PowerTally {
  const counts = {
    cuts: 0,
    acknowledged: 0,
    toldDurable: 0,
    compared: 0,
    lost: 0,
    halfway: 0,
    gaps: 0,
    takenBySqlite: 0,
  };
  return { ...counts, gapsOf: { FULL: 0, NORMAL: 0, hosted: 0 }, scenes: {}, places: {}, seeds: [] };
}

/** The tally of former runs; an empty one when there is none. */
export function readTally(file: string | null): PowerTally {
  try {
    return file ? (JSON.parse(readFileSync(file, "utf8")) as PowerTally) : emptyTally();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return emptyTally();
    throw error;
  }
}

export function writeTally(file: string, tally: PowerTally): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(tally, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}
