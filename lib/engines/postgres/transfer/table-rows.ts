import { quoteName, type ServerSession } from "../look/server-session.ts";
import { readTableForms, type TableForm } from "../look/table-forms.ts";

/** Rows that are carried over together: those of one table of the past, into the same one or the one that it is a part of. */
export type RowsOf = { form: TableForm; into: string };
/** What is compared on both sides: a table's own rows, or of hashed parts all of the table that they are parts of. */
export type Compared = { name: string; from: string; columns: string[] };
export type Contents = { rows: RowsOf[]; compared: Compared[]; unlogged: string[] };

/**
 * Which parts of a table hold a row follows from hashes that need not be the same again (an enum's are those of its values' numbers):
 * such rows go through the table that they are parts of.
 */
const HASHED = `SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(r.relname)
  FROM pg_class c, LATERAL (SELECT a.relid FROM pg_partition_ancestors(c.oid) WITH ORDINALITY a(relid, place) ORDER BY place DESC LIMIT 1) top
  JOIN pg_class r ON r.oid = top.relid JOIN pg_namespace n ON n.oid = r.relnamespace
  WHERE c.relispartition AND c.relkind = 'r' AND EXISTS (
    SELECT FROM pg_partition_ancestors(c.oid) a JOIN pg_partitioned_table p ON p.partrelid = a.relid WHERE p.partstrat = 'h')`;
const OF_EXTENSIONS = `SELECT objid FROM pg_depend WHERE classid = 'pg_class'::regclass AND deptype = 'e'`;

/** What a state holds in rows. */
export async function readContents(session: ServerSession): Promise<Contents> {
  const hashed = new Map((await session.rows(HASHED)).map(([oid, top]) => [oid ?? "", top ?? ""]));
  const ofExtensions = new Set((await session.rows(OF_EXTENSIONS)).map(([oid]) => oid));
  const forms = (await readTableForms(session)).filter(({ oid }) => !ofExtensions.has(oid));
  const logged = forms.filter(({ isUnlogged }) => !isUnlogged);
  const rows = logged.map((form) => ({ form, into: hashed.get(form.oid) ?? form.sql }));
  const compared = new Map<string, Compared>();
  for (const { form, into } of rows) {
    const from = into === form.sql ? `ONLY ${into}` : into;
    compared.set(into, { name: form.name, from, columns: form.columns.map(({ name }) => name).sort() });
  }
  const unlogged = forms.filter(({ isUnlogged }) => isUnlogged).map(({ name }) => name);
  return { rows, compared: [...compared.values()], unlogged };
}

/** The two halves of carrying rows over. Bytes as they are in both: databases of one past have one encoding. */
export function copySql({ form, into }: RowsOf, encoding: string): { out: string; in: string } {
  const names = form.columns.filter(({ isGenerated }) => !isGenerated).map(({ name }) => quoteName(name));
  const list = names.length > 0 ? ` (${names.join(", ")})` : "";
  const how = `(FORMAT text, ENCODING '${encoding.replaceAll("'", "''")}')`;
  return { out: `COPY ${form.sql}${list} TO STDOUT ${how}`, in: `COPY ${into}${list} FROM STDIN ${how}` };
}

/** How many rows there are, and the sum of the hashes of what they hold: the same on both sides exactly when the rows are. */
export async function sumRows(session: ServerSession, { from, columns }: Compared): Promise<string> {
  const record = columns.length === 0 ? "''" : `format('%s', ROW(${columns.map((name) => `t.${quoteName(name)}`)}))`;
  const hash = `hashtextextended(${record} COLLATE "C", 1)`;
  const [row] = await session.rows(`SELECT count(*), COALESCE(sum(${hash}), 0) FROM ${from} t`);
  return (row ?? []).join(" ");
}
