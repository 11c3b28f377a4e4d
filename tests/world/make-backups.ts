import pino from "pino";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { SqliteEngine } from "../../lib/engines/sqlite/sqlite-engine.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";
import { startBackupAgent } from "../integration/backups/backup-agent.ts";

/** What of an agent makes backups, in a process that a test kills: `node make-backups.ts <JSON>`. It ends with its standard input. */
const { capture, db, agentId, holder } = JSON.parse(process.argv[2] ?? "{}") as {
  /** The data directory of keepers and reader. */
  capture: string;
  db: ProtectedDatabase;
  agentId: string;
  holder: string;
};
const engine = new SqliteEngine({ paths: runtimePaths(capture), attachRoots: [], log: pino({ level: "silent" }) });
await startBackupAgent(engine, async () => db, { agentId, holder });
process.stdin.once("end", () => process.exit(0));
process.stdin.resume();
