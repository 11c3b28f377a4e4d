import pino from "pino";
import type { Bookmark } from "../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { SqliteEngine } from "../../lib/engines/sqlite/sqlite-engine.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";

/** One restore in a process that a test kills: `node restore-once.ts <JSON>`. Prints the stages, then what was reached. */
const {
  data,
  db,
  restoreId,
  to,
  holdWritesMs = null,
} = JSON.parse(process.argv[2] ?? "{}") as {
  data: string;
  db: ProtectedDatabase;
  restoreId: string;
  to: Bookmark;
  holdWritesMs?: number | null;
};
const engine = new SqliteEngine({ paths: runtimePaths(data), attachRoots: [], log: pino({ level: "silent" }) });
let last = "";
const run = {
  signal: new AbortController().signal,
  progress: (stage: string) => {
    if (stage !== last) console.log(stage);
    last = stage;
  },
};
const around = { holdWritesMs, before: async () => undefined, after: async () => undefined };
const restored = await engine.restore(db, restoreId, to, run, around);
console.log(JSON.stringify(restored));
await engine.close();
