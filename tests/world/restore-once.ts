import pino from "pino";
import type { Bookmark } from "../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { SqliteEngine } from "../../lib/engines/sqlite/sqlite-engine.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";

/** One restore in a process that a test kills: `node restore-once.ts <JSON>`. Prints the stages, then what was reached. */
const { data, db, restoreId, to } = JSON.parse(process.argv[2] ?? "{}") as {
  data: string;
  db: ProtectedDatabase;
  restoreId: string;
  to: Bookmark;
};
const engine = new SqliteEngine({ paths: runtimePaths(data), attachRoots: [], log: pino({ level: "silent" }) });
let last = "";
const restored = await engine.restore(db, restoreId, to, {
  signal: new AbortController().signal,
  progress: (stage) => {
    if (stage !== last) console.log(stage);
    last = stage;
  },
});
console.log(JSON.stringify(restored));
await engine.close();
