import { quoteName, type ServerSession } from "../look/server-session.ts";
import type { TableForm } from "../look/table-forms.ts";

/** Columns that together say something only once; null among them says nothing. */
export type UniqueRule = { name: string; columns: string[]; operators: string[] };
/** `columns` refer to `parentColumns` of another table, or of the same one. */
export type Reference = {
  name: string;
  columns: string[];
  parent: string;
  parentSql: string;
  parentColumns: string[];
  operators: string[];
};

/** What today's table asks of rows, beside the types of its columns. */
export type LiveTable = {
  form: TableForm;
  uniques: UniqueRule[];
  /** Unique indexes over expressions, or over a part of the rows: whether they take a row shows when it is written. */
  otherUniques: string[];
  references: Reference[];
  /** Triggers that are somebody's own, and how each is enabled. */
  triggers: { name: string; enabled: string }[];
  /** All that a plan relies on. */
  signature: string;
};

const NAMED = `CASE WHEN n.nspname = 'public' THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.quote_ident(c.relname)`;

export async function readLiveTable(session: ServerSession, form: TableForm): Promise<LiveTable> {
  const indexes = await session.rows(
    `SELECT x.relname, i.indpred IS NOT NULL OR i.indexprs IS NOT NULL, pg_catalog.array_to_json(ARRAY(
       SELECT a.attname FROM unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY k(attnum, place)
       JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.place <= i.indnkeyatts ORDER BY k.place)),
       pg_catalog.array_to_json(ARRAY(
       SELECT 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname || ')'
       FROM unnest(i.indclass::pg_catalog.oid[]) WITH ORDINALITY k(opclass, place) JOIN pg_catalog.pg_opclass c ON c.oid = k.opclass
       JOIN pg_catalog.pg_amop m ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3 AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
       JOIN pg_catalog.pg_operator o ON o.oid = m.amopopr JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace ORDER BY k.place))
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
     WHERE i.indrelid = $1::pg_catalog.oid AND i.indisunique AND i.indislive ORDER BY x.relname`,
    [form.oid],
  );
  const references = await session.rows(
    `SELECT k.conname, ${NAMED}, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       pg_catalog.array_to_json(ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY u(attnum, place)
         JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum ORDER BY u.place)),
       pg_catalog.array_to_json(ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY u(attnum, place)
         JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum ORDER BY u.place)),
       pg_catalog.array_to_json(ARRAY(SELECT 'OPERATOR(' || pg_catalog.quote_ident(m.nspname) || '.' || o.oprname || ')'
         FROM unnest(k.conpfeqop) WITH ORDINALITY u(op, place) JOIN pg_catalog.pg_operator o ON o.oid = u.op
         JOIN pg_catalog.pg_namespace m ON m.oid = o.oprnamespace ORDER BY u.place))
     FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE k.conrelid = $1::pg_catalog.oid AND k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conname`,
    [form.oid],
  );
  const triggers = await session.rows(
    `SELECT tgname, tgenabled::pg_catalog.text FROM pg_catalog.pg_trigger
     WHERE tgrelid = $1::pg_catalog.oid AND NOT tgisinternal AND tgenabled <> 'D' ORDER BY tgname`,
    [form.oid],
  );
  const list = (text: string | null | undefined): string[] => JSON.parse(text ?? "[]") as string[];
  const plain = indexes.filter(([, isPart]) => isPart === "f");
  return {
    form,
    uniques: plain
      .map(([name, , columns, operators]) => ({ name: name ?? "", columns: list(columns), operators: list(operators) }))
      .filter(({ columns }) => columns.join("\0") !== form.key?.columns.join("\0")),
    otherUniques: indexes.filter(([, isPart]) => isPart === "t").map(([name]) => name ?? ""),
    references: references.map(([name, parent, parentSql, columns, parentColumns, operators]) => ({
      name: name ?? "",
      parent: parent ?? "",
      parentSql: parentSql ?? "",
      columns: list(columns),
      parentColumns: list(parentColumns),
      operators: list(operators),
    })),
    triggers: triggers.map(([name, enabled]) => ({ name: name ?? "", enabled: enabled ?? "O" })),
    signature: JSON.stringify([form.columns, form.key, indexes, references]),
  };
}

/** SQL that takes a table's own triggers away for a transaction, and puts them back as they were. */
export function triggerSql({ form, triggers }: LiveTable, what: "away" | "back"): string[] {
  const how: Record<string, string> = { O: "ENABLE", A: "ENABLE ALWAYS", R: "ENABLE REPLICA" };
  return triggers.map(
    ({ name, enabled }) =>
      `ALTER TABLE ${form.sql} ${what === "away" ? "DISABLE" : (how[enabled] ?? "ENABLE")} TRIGGER ${quoteName(name)}`,
  );
}
