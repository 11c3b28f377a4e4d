import pino from "pino";
import type { RowsRun } from "../../lib/domain/give-back.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { SqliteEngine } from "../../lib/engines/sqlite/sqlite-engine.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";

/** One give-back in a process that a test kills: `node give-back-once.ts <JSON>`. Prints what was written. */
const { data, db, restoreId, rows } = JSON.parse(process.argv[2] ?? "{}") as {
  data: string;
  db: ProtectedDatabase;
  restoreId: string;
  rows: RowsRun;
};
const engine = new SqliteEngine({ paths: runtimePaths(data), attachRoots: [], log: pino({ level: "silent" }) });
const run = { signal: new AbortController().signal, progress: () => undefined };
console.log(JSON.stringify(await engine.rows.run(db, restoreId, rows, run)));
await engine.close();
