import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { FromQueryProcess, QueryProcessOptions } from "../../../../lib/engines/sqlite/hosted/query-messages.ts";

const CHILD = path.resolve(import.meta.dirname, "../../../../lib/engines/sqlite/hosted/query-child.ts");

/** Views and triggers that ask the machine, or hand over code, once somebody else reads or writes. */
function makeHostile(file: string): void {
  const db = new DatabaseSync(file, { defensive: false });
  db.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE plain (a);
    CREATE VIEW files AS SELECT file FROM pragma_database_list;
    CREATE VIEW build AS SELECT compile_options FROM pragma_compile_options;
    CREATE VIEW loading AS SELECT load_extension('/tmp/hostile.so') AS x;
    CREATE VIRTUAL TABLE words USING fts5 (a);
    INSERT INTO words VALUES ('one');
    CREATE TABLE tokens (a);
    CREATE TRIGGER tokenizer AFTER INSERT ON tokens BEGIN SELECT fts3_tokenizer('simple'); END;`);
  db.close();
}

/** Case 36: a database of somebody hostile does nothing to who asks it, and reaches no other file. */
export async function attack(folder: string): Promise<string | null> {
  const [file, other] = [path.join(folder, "hostile.db"), path.join(folder, "other.db")];
  makeHostile(file);
  writeFileSync(other, "");
  const options: QueryProcessOptions = { path: file, busyTimeoutMs: 1000, resultLimitBytes: 1_000_000 };
  const child = fork(CHILD, [JSON.stringify(options)], {
    serialization: "advanced",
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const heard = async () => ((await once(child, "message")) as [FromQueryProcess])[0];
  /** What became of a query: what it was refused with, or null. */
  const refusal = async (sql: string): Promise<string | null> => {
    child.send({ run: { parts: [{ sql, params: null }], readOnly: false, asLists: false, valueLimitBytes: null } });
    const said = await heard();
    if ("failed" in said) return `${said.failed.code}: ${said.failed.message}`;
    if (!("prepared" in said)) return null;
    child.send({ commit: true });
    const end = await heard();
    return "failed" in end ? end.failed.code : null;
  };
  try {
    await heard();
    const good = await refusal("INSERT INTO plain VALUES (1); SELECT * FROM words WHERE words MATCH 'one'");
    if (good !== null) return `a good query is refused: ${good}`;
    const hostile = [
      "SELECT * FROM files",
      "SELECT * FROM build",
      "SELECT * FROM loading",
      "INSERT INTO tokens VALUES (1)",
      `ATTACH '${other}' AS x`,
      `VACUUM INTO '${other}.copy'`,
      "PRAGMA writable_schema = ON",
      "PRAGMA trusted_schema = ON",
      "CREATE VIRTUAL TABLE x USING dbstat",
      "DELETE FROM words_data",
      "UPDATE sqlite_schema SET sql = ''",
    ];
    for (const sql of hostile) {
      if ((await refusal(sql)) === null) return `${sql} was done`;
    }
    return existsSync(`${other}.copy`) ? "a copy was written" : null;
  } finally {
    child.kill("SIGKILL");
  }
}
