import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs in a process of its own, as somebody's program does: SQL, then a query whose rows are printed as JSON. */
const PROGRAM = `
const { DatabaseSync } = require("node:sqlite");
const [file, sql, query] = process.argv.slice(1);
const connection = new DatabaseSync(file, { timeout: 20000, enableForeignKeyConstraints: false });
if (sql) connection.exec(sql);
const ask = (text) => {
  const statement = connection.prepare(text);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  return statement.all().map((row) => row.map((value) => typeof value === "bigint" ? Number(value) : value));
};
const exact = (name) => "typeof(" + name + ") || ' ' || CASE typeof(" + name + ") WHEN 'text' THEN hex(CAST(" + name
  + " AS BLOB)) ELSE quote(" + name + ") END";
const q = (name) => '"' + name.replaceAll('"', '""') + '"';
const dump = () => {
  const schema = ask("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name");
  const tables = ask("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name");
  return [schema, tables.filter(([name]) => name !== "sqlite_schema").map(([name, wr]) => {
    const columns = ask("SELECT name FROM pragma_table_xinfo('" + name.replaceAll("'", "''") + "') WHERE hidden = 0");
    const values = columns.map(([column]) => exact(q(column)));
    if (!wr && !columns.some(([column]) => column.toLowerCase() === "rowid")) values.unshift(exact("rowid"));
    return [name, ask("SELECT " + values.join(", ") + " FROM " + q(name) + " ORDER BY 1, 2")];
  })];
};
process.stdout.write(JSON.stringify(query === ":dump" ? dump() : query ? ask(query) : []));
`;

/** Answers the rows of `query`; `:dump` gives the schema and every value of every table, exactly. Waits 20 s for locks. */
export async function runSqlElsewhere(file: string, sql: string, query = ""): Promise<unknown[][]> {
  const args = ["--disable-warning=ExperimentalWarning", "-e", PROGRAM, file, sql, query];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 256 * 1024 * 1024 });
  return JSON.parse(stdout) as unknown[][];
}
