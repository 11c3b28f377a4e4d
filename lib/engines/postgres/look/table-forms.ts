import { quoteName, type ServerSession } from "./server-session.ts";

export type TableColumn = {
  name: string;
  /** With its length and the like, its schema where it is not PostgreSQL's own. */
  type: string;
  /** The type's number; of a domain that of what it is made from. */
  baseType: number;
  notNull: boolean;
  hasDefault: boolean;
  isGenerated: boolean;
  /** Its numbers are given by itself, also where a statement names others. */
  isIdentity: boolean;
};

/** One table as a catalog tells it. */
export type TableForm = {
  oid: string;
  schema: string;
  table: string;
  /** As people write it: without `public`, in quotes only where it must be. */
  name: string;
  /** For our own SQL. */
  sql: string;
  columns: TableColumn[];
  /** What names a row: columns that are unique and never null, and the operator that tells them apart; null: nothing does. */
  key: { columns: string[]; operators: string[]; isPrimary: boolean } | null;
  /** Its contents are in no log. */
  isUnlogged: boolean;
};

/** https://www.postgresql.org/docs/current/catalog-pg-class.html: tables with rows of their own; of partitioned ones the partitions. */
const TABLES = `SELECT c.oid, n.nspname, c.relname, c.relpersistence,
    CASE WHEN n.nspname = 'public' THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.quote_ident(c.relname)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
`;
const COLUMNS = `SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
    CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END, a.attnotnull OR t.typnotnull,
    a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL, a.attgenerated <> '', a.attidentity <> ''
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND a.attnum > 0 AND NOT a.attisdropped
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY a.attrelid, a.attnum`;
/** The primary key first, else the narrowest index that can be one. The operator is the index's own "equal". */
const KEYS = `SELECT i.indrelid, i.indisprimary, a.attname, 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname || ')', i.indexrelid
  FROM pg_catalog.pg_index i
  CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(i.indkey::pg_catalog.int2[]), pg_catalog.unnest(i.indclass::pg_catalog.oid[])) WITH ORDINALITY AS k(attnum, opclass, place)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  JOIN pg_catalog.pg_opclass c ON c.oid = k.opclass
  JOIN pg_catalog.pg_amop m ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3 AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
  JOIN pg_catalog.pg_operator o ON o.oid = m.amopopr JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
  WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
    AND NOT EXISTS (SELECT FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS u(attnum, place) JOIN pg_catalog.pg_attribute b ON b.attrelid = i.indrelid
      AND b.attnum = u.attnum WHERE u.place <= i.indnkeyatts AND NOT b.attnotnull)
  ORDER BY i.indrelid, NOT i.indisprimary, i.indnkeyatts, i.indexrelid, k.place`;

/** All tables of a database with rows of their own, by name. */
export async function readTableForms(session: ServerSession): Promise<TableForm[]> {
  const tables = await session.rows(TABLES);
  const columns = groupBy(await session.rows(COLUMNS));
  const keys = groupBy(await session.rows(KEYS));
  return tables.map(([oid, schema, table, persistence, name]): TableForm => {
    const own = keys.get(oid ?? "") ?? [];
    const first = own.filter((row) => row[4] === own[0]?.[4]);
    return {
      oid: oid ?? "",
      schema: schema ?? "",
      table: table ?? "",
      name: name ?? "",
      sql: `${quoteName(schema ?? "")}.${quoteName(table ?? "")}`,
      isUnlogged: persistence === "u",
      columns: (columns.get(oid ?? "") ?? []).map(
        ([, column, type, baseType, notNull, hasDefault, isGenerated, isIdentity]): TableColumn => ({
          name: column ?? "",
          type: type ?? "",
          baseType: Number(baseType),
          notNull: notNull === "t",
          hasDefault: hasDefault === "t",
          isGenerated: isGenerated === "t",
          isIdentity: isIdentity === "t",
        }),
      ),
      key:
        first.length === 0
          ? null
          : {
              columns: first.map((row) => row[2] ?? ""),
              operators: first.map((row) => row[3] ?? ""),
              isPrimary: first[0]?.[1] === "t",
            },
    };
  });
}

function groupBy(rows: (string | null)[][]): Map<string, (string | null)[][]> {
  const groups = new Map<string, (string | null)[][]>();
  for (const row of rows) {
    const group = groups.get(row[0] ?? "") ?? [];
    groups.set(row[0] ?? "", group);
    group.push(row);
  }
  return groups;
}
