import { truncateSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../../../../lib/domain/errors.ts";
import { runChild } from "../../../../../lib/engines/processes/run-child.ts";
import type { BackupQuestion } from "../../../../../lib/engines/sqlite/restore/backup-child.ts";
import { giveTurn } from "../../../../../lib/engines/sqlite/restore/backup-turn.ts";
import { AppliedWorld } from "../applied-world.ts";
import type { Scenario } from "../scenario.ts";

const CHILD = new URL("../../../../../lib/engines/sqlite/restore/backup-child.ts", import.meta.url);

export const scenario: Scenario = async (folder) => {
  const world = new AppliedWorld(folder, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)", "INSERT INTO t VALUES (1, 1)");
  const turnFile = path.join(folder, "turn");
  giveTurn(turnFile, 1);
  truncateSync(world.copy, 0);
  const input: BackupQuestion = {
    imagePath: world.copy,
    livePath: world.file,
    pages: 2,
    pageSize: 4096,
    timeoutMs: 500,
    turnFile,
    turn: 1,
  };
  let refused = "";
  try {
    await runChild({ script: CHILD, input });
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    refused = error.message;
  }
  const tables = world.fresh("SELECT count(*) FROM sqlite_schema");
  if (tables !== 1) return `an empty image was copied over the live database, which has ${String(tables)} tables now`;
  return refused.includes("pages instead of") ? null : `it was not refused by name: ${refused}`;
};
