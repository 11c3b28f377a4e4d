import type { DatabaseSync } from "node:sqlite";
import { reachPoint } from "../../../storage/reach-point.ts";

/**
 * Commits one frame of page 1 that changes nothing anybody can see: setting `user_version` to its own value always
 * dirties page 1. Throws SQLite's error (busy within the connection's timeout); no transaction is left open.
 */
export function wakeLog(connection: DatabaseSync): void {
  connection.exec("BEGIN IMMEDIATE");
  try {
    const version = connection.prepare("PRAGMA user_version").get()?.user_version;
    connection.exec(`PRAGMA user_version = ${Number(version)}`);
    reachPoint("wake.begun");
    connection.exec("COMMIT");
    reachPoint("wake.committed");
  } catch (error) {
    if (connection.isTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}
