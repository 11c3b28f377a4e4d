/**
 * An agent that restores a cluster in place and nothing else, so that it can be killed meanwhile: `$SWAP_AGENT` holds an `Order` as JSON.
 */
import { pino } from "pino";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { PostgresEngine } from "../../../lib/engines/postgres/postgres-engine.ts";
import type { RuntimePaths } from "../../../lib/runtime-paths.ts";
import { quietRun } from "../../world/sqlite-world.ts";

export type Order = { paths: RuntimePaths; db: ProtectedDatabase; restoreId: string; to: Bookmark };

const { paths, db, restoreId, to } = JSON.parse(process.env.SWAP_AGENT ?? "") as Order;
const programs = process.env.LASTGOOD_POSTGRES ?? null;
const engine = new PostgresEngine({ paths, log: pino({ level: "silent" }), programs });
await engine.restore(db, restoreId, to, quietRun());
await engine.close();
