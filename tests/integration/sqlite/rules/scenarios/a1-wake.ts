import { readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { wakeLog } from "../../../../../lib/engines/sqlite/wal/wake-log.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = async (folder) => {
  const file = path.join(folder, "live.db");
  const connection = new DatabaseSync(file);
  connection.exec("PRAGMA journal_mode = WAL; PRAGMA user_version = 41; CREATE TABLE t(v); INSERT INTO t VALUES (1)");
  connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  wakeLog(connection);
  const frames = connection.prepare("PRAGMA wal_checkpoint(NOOP)").get()?.log;
  if (frames !== 1) return `a wake made ${String(frames)} frames`;
  const page = readFileSync(`${file}-wal`).readUInt32BE(32);
  if (page !== 1) return `a wake wrote page ${page}`;
  const version = connection.prepare("PRAGMA user_version").get()?.user_version;
  return version === 41 ? null : `a wake made user_version ${String(version)}`;
};
