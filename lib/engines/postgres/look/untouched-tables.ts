import { type FileKey, fileKey } from "../history/touched-files.ts";
import type { ServerSession } from "./server-session.ts";
import type { TablePair } from "./table-pair.ts";

/**
 * Catalogs that change while tables keep their form and their rows: statistics, sizes, what depends on what. All others may change
 * what the same bytes of a table mean, as a label of an enum or the default of a column that was added does.
 */
const HARMLESS = [
  "pg_class",
  "pg_statistic",
  "pg_statistic_ext_data",
  "pg_depend",
  "pg_shdepend",
  "pg_description",
  "pg_sequence",
  "pg_largeobject",
  "pg_largeobject_metadata",
];

/** A table's own files: its rows, and what of them is too long for a page. Null: rows that are not its own, or nowhere. */
const FILES = `SELECT c.oid, pg_catalog.pg_relation_filenode(c.oid), pg_catalog.pg_relation_filenode(c.reltoastrelid)
  FROM pg_catalog.pg_class c WHERE c.relkind = 'r' AND c.relpersistence = 'p'`;
const CATALOGS = `SELECT pg_catalog.pg_relation_filenode(c.oid) FROM pg_catalog.pg_class c
  WHERE c.relkind = 'r' AND c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND NOT c.relisshared AND c.relname <> ALL ($1)`;
const DATABASE = "SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()";

/** Which pairs hold the same rows on both sides, by what the log between them has touched. */
export type Untouched = (pair: TablePair) => boolean;

/**
 * @param touched the files that the log between the two states has touched; null: not known, so nothing is untouched
 */
export async function findUntouched(
  touched: ReadonlySet<FileKey> | null,
  { here, there }: { here: ServerSession; there: ServerSession },
): Promise<Untouched> {
  if (touched === null) return () => false;
  const database = await here.value(DATABASE);
  if (database === null || database !== (await there.value(DATABASE))) return () => false;
  const isTouched = (file: string | null) => file === null || touched.has(fileKey(database, file));
  for (const session of [here, there]) {
    const catalogs = await session.rows(CATALOGS, [HARMLESS]);
    if (catalogs.some(([file]) => isTouched(file ?? null))) return () => false;
  }
  const [ours, theirs] = [await filesBy(here), await filesBy(there)];
  return ({ here: form, there: other }) => {
    const [mine, its] = [ours.get(form?.oid ?? ""), theirs.get(other?.oid ?? "")];
    if (!mine || !its || form?.oid !== other?.oid || mine.rows !== its.rows || mine.long !== its.long) return false;
    return !isTouched(mine.rows) && (mine.long === null || !isTouched(mine.long));
  };
}

async function filesBy(session: ServerSession): Promise<Map<string, { rows: string | null; long: string | null }>> {
  const rows = await session.rows(FILES);
  return new Map(rows.map(([oid, own, long]) => [oid ?? "", { rows: own ?? null, long: long ?? null }]));
}
