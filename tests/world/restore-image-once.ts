import pino from "pino";
import type { ProtectedDatabase, StoredImage } from "../../lib/engines/engine.ts";
import { SqliteEngine } from "../../lib/engines/sqlite/sqlite-engine.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";

/** One restore of an image in a process that a test kills: `node restore-image-once.ts <JSON>`. */
const { data, db, restoreId, image } = JSON.parse(process.argv[2] ?? "{}") as {
  data: string;
  db: ProtectedDatabase;
  restoreId: string;
  image: StoredImage;
};
const engine = new SqliteEngine({ paths: runtimePaths(data), attachRoots: [], log: pino({ level: "silent" }) });
const run = { signal: new AbortController().signal, progress: () => undefined };
await engine.images.takeOverImage(db, restoreId, { ...image, fetch: async () => image }, run);
await engine.close();
