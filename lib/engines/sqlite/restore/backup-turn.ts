import { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";

/**
 * Who may copy into a live database: a number in a file of its own, and SQLite's lock on that file for as long as the copying
 * lasts. Whoever takes the turn away waits for a copy under way, and one that starts late finds another number and gives
 * up: so a process whose agent has died cannot restore anything after the question of its outcome was settled.
 */
const WAIT_MS = 90_000;

/** Gives the turn to whoever knows `turn` (a positive 31-bit number), or to nobody (0), once no copy is under way. */
export function giveTurn(file: string, turn: number): void {
  const connection = new DatabaseSync(file, { timeout: WAIT_MS });
  try {
    connection.exec(`PRAGMA synchronous = FULL; BEGIN EXCLUSIVE; PRAGMA user_version = ${Math.trunc(turn)}; COMMIT`);
    reachPoint("backup.turn-given");
  } finally {
    connection.close();
  }
}

/** Holds the turn until the process ends. Throws when it is not this one's any more. */
export function holdTurn(file: string, turn: number): DatabaseSync {
  const connection = new DatabaseSync(file, { timeout: WAIT_MS });
  connection.exec("BEGIN EXCLUSIVE");
  if (connection.prepare("PRAGMA user_version").get()?.user_version === turn) return connection;
  connection.close();
  throw new LastgoodError("restore_failed", "Another attempt at this restore has taken over.", { outcome: "nothing" });
}
