import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { makeLongHistory } from "../../../../bench/make-long-history.ts";
import { LastgoodError } from "../../../../lib/domain/errors.ts";
import { ViewPool } from "../../../../lib/engines/sqlite/view/view-pool.ts";

const LIMIT_MS = 300;
/** Long after a view must have been ended; only without its limit is it waited for. */
const PATIENCE_MS = 3000;
const long = (sign: string) => `replace(hex(zeroblob(200000)), '0', '${sign}')`;
/** One call of a function that takes minutes, in which SQLite looks at no clock. */
const HANGING = `SELECT length(trim(${long("a")}, ${long("b")} || 'a')) AS n`;

/** A view process opens nothing but histories, and is ended when it does not end by itself. */
export async function attack(folder: string): Promise<string | null> {
  const file = path.join(folder, "source.db");
  const db = new DatabaseSync(file);
  db.exec("PRAGMA page_size = 4096; CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE INDEX by_a ON t (a)");
  db.close();
  const [root, elsewhere] = [path.join(folder, "history"), path.join(folder, "elsewhere")];
  const nowMs = Date.now();
  for (const directory of [path.join(root, "a"), elsewhere]) {
    await makeLongHistory({ directory, commits: 4, fromMs: nowMs - 1000, toMs: nowMs, database: file });
  }
  const pool = new ViewPool({ historyRoot: root, limits: { questionMs: LIMIT_MS } });
  const became = (historyDirectory: string, sql: string): Promise<string> =>
    pool.run(historyDirectory, { historyDirectory, txid: 3 }, { sql, params: null }).then(
      () => "done",
      (error: unknown) => (error instanceof LastgoodError ? error.code : String(error)),
    );
  try {
    const good = () => became(path.join(root, "a"), "SELECT * FROM t");
    if ((await good()) !== "done") return "a good query is refused";
    if ((await became(elsewhere, "SELECT * FROM t")) === "done") return "a file outside of the histories was read";
    const asked = became(path.join(root, "a"), HANGING);
    const hung = await Promise.race([asked, sleep(PATIENCE_MS, "still running", { ref: false })]);
    if (hung !== "query_timeout") return `a query that hangs: ${hung}`;
    return (await good()) === "done" ? null : "later queries are refused";
  } finally {
    await pool.close();
  }
}
