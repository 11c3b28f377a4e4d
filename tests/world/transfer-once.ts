import pino from "pino";
import type { Bookmark } from "../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { PostgresEngine } from "../../lib/engines/postgres/postgres-engine.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";

/** One restore of a cluster in a process that a test kills: `node transfer-once.ts <JSON>`. Prints what was reached. */
const { data, clusters, db, restoreId, to } = JSON.parse(process.argv[2] ?? "{}") as {
  data: string;
  clusters: string;
  db: ProtectedDatabase;
  restoreId: string;
  to: Bookmark;
};
const paths = runtimePaths(data, clusters);
const engine = new PostgresEngine({
  paths,
  log: pino({ level: "silent" }),
  programs: process.env.LASTGOOD_POSTGRES ?? null,
  attachedCopies: "on",
});
const run = { signal: new AbortController().signal, progress: () => undefined };
console.log(JSON.stringify(await engine.restore(db, restoreId, to, run)));
await engine.close();
