import { DatabaseSync } from "node:sqlite";

export type TableCounts = { added: number; removed: number; changed: number };

/** How the tables of two database files differ, as SQL says it: ATTACH, and EXCEPT by key and by all columns that both have. */
export function compareBySql(fromFile: string, toFile: string): Map<string, TableCounts> {
  const database = new DatabaseSync(fromFile, { readOnly: true });
  try {
    database.prepare("ATTACH ? AS later").run(`file:${toFile}?mode=ro`);
    const counts = new Map<string, TableCounts>();
    const names = new Set([...tableNames(database, "main"), ...tableNames(database, "later")]);
    for (const name of names) counts.set(name, compareTable(database, name));
    return counts;
  } finally {
    database.close();
  }
}

function compareTable(database: DatabaseSync, table: string): TableCounts {
  const count = (sql: string) => Number(database.prepare(sql).get()?.many);
  const [from, to] = [`main."${table}"`, `later."${table}"`];
  const [isBefore, isAfter] = (["main", "later"] as const).map((schema) =>
    tableNames(database, schema).includes(table),
  );
  if (!isBefore) return { added: count(`SELECT count(*) AS many FROM ${to}`), removed: 0, changed: 0 };
  if (!isAfter) return { added: 0, removed: count(`SELECT count(*) AS many FROM ${from}`), changed: 0 };
  const [key, laterKey] = [keyOf(database, "main", table), keyOf(database, "later", table)];
  const later = new Set(columnsOf(database, "later", table));
  const both = columnsOf(database, "main", table).filter((name) => later.has(name));
  const content = both.flatMap((name) => [
    `typeof("${name}")`,
    `CASE WHEN typeof("${name}") IN ('text', 'blob') THEN hex("${name}") ELSE "${name}" END`,
  ]);
  const except = (a: string, aKey: string, b: string, bKey: string, columns: readonly string[]) =>
    count(
      `SELECT count(*) AS many FROM (SELECT ${[aKey, ...columns].join()} FROM ${a} EXCEPT SELECT ${[bKey, ...columns].join()} FROM ${b})`,
    );
  const removed = except(from, key, to, laterKey, []);
  const added = except(to, laterKey, from, key, []);
  return { added, removed, changed: except(from, key, to, laterKey, content) - removed };
}

function tableNames(database: DatabaseSync, schema: "main" | "later"): string[] {
  const rows = database.prepare(
    `SELECT name FROM ${schema}.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND rootpage > 0`,
  );
  return rows.all().map(({ name }) => String(name));
}

function columnsOf(database: DatabaseSync, schema: string, table: string): string[] {
  const rows = database.prepare("SELECT name FROM pragma_table_xinfo(?, ?) WHERE hidden <> 2").all(table, schema);
  return rows.map(({ name }) => String(name));
}

function keyOf(database: DatabaseSync, schema: string, table: string): string {
  const traits = database.prepare("SELECT wr FROM pragma_table_list WHERE schema = ? AND name = ?").get(schema, table);
  const rows = database
    .prepare('SELECT name, "notnull" AS isFilled FROM pragma_table_xinfo(?, ?) WHERE pk > 0 ORDER BY pk')
    .all(table, schema);
  const isNamed = rows.length > 0 && rows.every(({ isFilled }) => isFilled === 1);
  if (traits?.wr !== 1 && !isNamed) return "_rowid_";
  return rows.map(({ name }) => `"${name}"`).join();
}
