import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { formatBookmark } from "../../../../lib/domain/bookmark.ts";
import { LastgoodError } from "../../../../lib/domain/errors.ts";
import { QueryPool } from "../../../../lib/engines/sqlite/hosted/query-pool.ts";

const ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT";
const nothingYet = formatBookmark({ txid: 1, historyTag: "0".repeat(16), recordTag: "0".repeat(16) });
const LIMIT_MS = 400;
/** Long after a query must have ended; only without its limit is it waited for. */
const PATIENCE_MS = 2000;

/** Case 37: a view that never ends is ended, one that answers without end too, and afterwards queries go on. */
export async function attack(folder: string): Promise<string | null> {
  const file = path.join(folder, "endless.db");
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE VIEW endless AS ${ENDLESS} count(*) AS n FROM r;
    CREATE VIEW rows AS ${ENDLESS} n, hex(randomblob(500)) AS x FROM r;`);
  db.close();
  const pool = new QueryPool({
    temporaryDirectory: folder,
    limits: { queryMs: LIMIT_MS, resultBytes: 1_000_000 },
    // Nothing is written, so nobody has to acknowledge anything: reads ask for the newest bookmark alone.
    acknowledgement: {
      requireReady: async () => undefined,
      flush: async () => ({ bookmark: nothingYet, txid: 1 }),
      fence: async () => undefined,
    },
  });
  const codeOf = (sql: string): Promise<string> =>
    pool.run({ id: "endless", path: file }, { sql }).then(
      () => "done",
      (error: unknown) => (error instanceof LastgoodError ? error.code : String(error)),
    );
  try {
    // Its process takes its time to start, which does not count.
    if ((await codeOf("SELECT 1")) !== "done") return "a good query is refused";
    for (const [sql, code] of [
      ["SELECT * FROM endless", "query_timeout"],
      ["SELECT * FROM rows", "payload_too_large"],
    ] as const) {
      const became = await Promise.race([codeOf(sql), sleep(PATIENCE_MS, "still running", { ref: false })]);
      if (became !== code) return `${sql}: ${became}`;
    }
    return (await codeOf("SELECT 1")) === "done" ? null : "later queries are refused";
  } finally {
    await pool.close();
  }
}
