import pino from "pino";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { SqliteEngine } from "../../lib/engines/sqlite/sqlite-engine.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";

/** One restore of a document in a process that a test kills: `node restore-document-once.ts <JSON>`. */
const { data, db, restoreId, file } = JSON.parse(process.argv[2] ?? "{}") as {
  data: string;
  db: ProtectedDatabase;
  restoreId: string;
  file: string;
};
const engine = new SqliteEngine({ paths: runtimePaths(data), attachRoots: [], log: pino({ level: "silent" }) });
const run = { signal: new AbortController().signal, progress: () => undefined };
console.log(JSON.stringify(await engine.documents.restore(db, restoreId, async () => file, run)));
await engine.close();
