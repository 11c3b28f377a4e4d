import type { Bookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import type { DocumentOptions } from "../../engine-documents.ts";
import type { DocumentManifest, DocumentTable } from "../../json/document-manifest.ts";
import { DocumentWriter } from "../../json/document-writer.ts";
import { readLiveTable } from "../give-back/live-table.ts";
import { quoteName, type ServerSession } from "../look/server-session.ts";
import { readTableForms, type TableForm } from "../look/table-forms.ts";
import { toDocumentValue } from "./document-values.ts";

export type DocumentOrder = {
  file: string;
  db: Pick<ProtectedDatabase, "id" | "name">;
  bookmark: Bookmark;
  timeMs: number;
  options: DocumentOptions;
};
export type DocumentWritten = {
  sizeBytes: number;
  tables: number;
  rows: number;
  leftOut: { name: string; because: string }[];
};

const FIRST_SCHEMA = "public";
const ROWS_A_BATCH = 500;

/** Writes the document of one schema of a state that nobody changes; within a transaction. Throws `invalid_input`, `payload_too_large`. */
export async function writeDocument(session: ServerSession, order: DocumentOrder, run: Run): Promise<DocumentWritten> {
  const { file, db, bookmark, timeMs, options } = order;
  const schema = options.schema ?? FIRST_SCHEMA;
  await requireSchema(session, schema);
  const all = (await readTableForms(session)).filter((form) => form.schema === schema);
  const leftOut = all.flatMap(({ table, isUnlogged }) => {
    if (options.excludeTables.includes(table)) return [{ name: table, because: "It was left out on purpose." }];
    return isUnlogged ? [{ name: table, because: "It is unlogged: its rows are in no state of the past." }] : [];
  });
  const forms = all.filter(({ table }) => !leftOut.some(({ name }) => name === table));
  forms.sort((a, b) => (a.table < b.table ? -1 : 1));
  const tables: DocumentTable[] = [];
  for (const form of forms) tables.push(await describeTable(session, form));
  const totalRows = tables.reduce((sum, { rows }) => sum + rows, 0);
  const manifest: Omit<DocumentManifest, "hash"> = {
    ...{ version: 1, engine: "postgres", schema, bookmark, tables, leftOut, totalTables: tables.length, totalRows },
    encoding: "UTF-8",
    database: { id: db.id, name: db.name },
    time: new Date(timeMs).toISOString(),
  };
  const writer = new DocumentWriter(file, manifest);
  try {
    let done = 0;
    for (const form of forms) {
      writer.beginTable();
      const columns = form.columns.filter(({ isGenerated }) => !isGenerated);
      const sql = `SELECT ${columns.map(({ name }) => quoteName(name)).join(", ")} FROM ONLY ${form.sql}`;
      for await (const rows of session.batches(sql, [], ROWS_A_BATCH)) {
        for (const row of rows) {
          writer.row(columns.map(({ baseType }, i) => toDocumentValue(baseType, row[i] ?? null)));
        }
        done += rows.length;
        run.progress("document", done, totalRows);
        run.signal.throwIfAborted();
      }
      writer.endTable();
    }
    const { sizeBytes } = writer.finish();
    return { sizeBytes, tables: tables.length, rows: totalRows, leftOut };
  } finally {
    writer.close();
  }
}

async function requireSchema(session: ServerSession, schema: string): Promise<void> {
  const isThere = await session.value(
    "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1 AND nspname !~ '^pg_' AND nspname <> 'information_schema'",
    [schema],
  );
  if (isThere !== null) return;
  throw new LastgoodError("invalid_input", `There is no schema ${schema.slice(0, 64)} at that moment.`, {
    field: "schema",
    hint: "Name a schema of the database, or none for public.",
  });
}

async function describeTable(session: ServerSession, form: TableForm): Promise<DocumentTable> {
  const { references } = await readLiveTable(session, form);
  const rows = Number(await session.value(`SELECT pg_catalog.count(*) FROM ONLY ${form.sql}`));
  return {
    name: form.table,
    rows,
    columns: form.columns.map(({ name, type, notNull, isGenerated }) => ({
      ...{ name, type, notNull, generated: isGenerated },
      primaryKey: form.key?.isPrimary ? form.key.columns.indexOf(name) + 1 : 0,
    })),
    hiddenKey: null,
    sequence: await readSequence(session, form),
    foreignKeys: references.map(({ columns, parent, parentColumns }) => ({
      columns,
      table: parent,
      references: parentColumns,
    })),
    brokenReferences: 0,
  };
}

/** What the sequence of its first counting column has given last; null: none counts, or nothing was given. */
async function readSequence(session: ServerSession, form: TableForm): Promise<string | null> {
  const sequence = await sequenceOf(session, form);
  if (sequence === null) return null;
  return session.value(`SELECT last_value FROM ${sequence} WHERE is_called`);
}

/** The sequence that belongs to a column of a table, as SQL names it; null where there is none. */
export function sequenceOf(session: ServerSession, form: TableForm): Promise<string | null> {
  return session.value(
    `SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_depend d
     JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE d.refobjid = $1::pg_catalog.oid AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
     ORDER BY d.refobjsubid LIMIT 1`,
    [form.oid],
  );
}
