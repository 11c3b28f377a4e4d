import { createReadStream } from "node:fs";
import pg from "pg";
import { LastgoodError } from "../../../domain/errors.ts";
import type { DocumentRestored } from "../../engine-documents.ts";
import { type DocumentManifest, type DocumentTable, shown, valueNames } from "../../json/document-manifest.ts";
import type { DocumentValue } from "../../json/document-row.ts";
import { readDocument } from "../../json/read-document.ts";
import { type LiveTable, readLiveTable, triggerSql } from "../give-back/live-table.ts";
import { quoteName, type ServerSession } from "../look/server-session.ts";
import { readTableForms, type TableForm } from "../look/table-forms.ts";
import { toText } from "./document-values.ts";
import { sequenceOf } from "./write-document.ts";

export type Replaced = DocumentRestored["replaced"];
type Target = { table: DocumentTable; form: TableForm; live: LiveTable; removed: number };

const PIECE_BYTES = 256 * 1024;

/** Reads a document to its end and proves it right. Throws `invalid_input`, `payload_too_large`. */
export async function proveDocument(file: string): Promise<DocumentManifest> {
  return readDocument(createReadStream(file, { highWaterMark: PIECE_BYTES }), {
    manifest: requirePostgres,
    rows: () => undefined,
  });
}

/**
 * Puts the rows of a document that was proven right in place of those of the same tables, within the open transaction. References are
 * taken away for its time and put back at the end, which looks through all rows again: so no order matters, and nothing of other tables
 * is removed along. Throws `conflict` where it does not fit; then the transaction must be rolled back.
 */
export async function replaceTables(
  session: ServerSession,
  file: string,
  report: (done: number, total: number) => void,
): Promise<Replaced> {
  let targets: Target[] = [];
  let waiting: { table: number; rows: DocumentValue[][] }[] = [];
  let manifest: DocumentManifest | null = null;
  let done = 0;
  let references: { away: string; back: string }[] = [];
  const begin = async (read: DocumentManifest) => {
    targets = await openTables(session, read);
    references = await referencesOf(session, targets);
    await fits(async () => {
      for (const { away } of references) await session.run(away);
      for (const target of targets) {
        for (const sql of triggerSql(target.live, "away")) await session.run(sql);
        target.removed = await session.run(`DELETE FROM ONLY ${target.form.sql}`);
      }
    });
  };
  // What was read is written before more is read, so that no more than a piece of the document is in memory.
  async function* paced(): AsyncGenerator<Uint8Array> {
    for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES })) {
      yield piece as Buffer;
      await drain();
    }
  }
  const drain = async () => {
    if (manifest && targets.length === 0 && manifest.tables.length > 0) await begin(manifest);
    const batches = waiting;
    waiting = [];
    for (const { table, rows } of batches) {
      const target = targets[table];
      if (!target) throw new Error("a document has no more tables than its manifest");
      await fits(() => insertRows(session, target, rows), target.table.name);
      done += rows.length;
      report(done, manifest?.totalRows ?? 0);
    }
  };
  await readDocument(paced(), {
    manifest: (read) => {
      requirePostgres(read);
      manifest = read;
    },
    rows: (table, rows) => waiting.push({ table, rows }),
  });
  await drain();
  await fits(async () => {
    await session.run("SET CONSTRAINTS ALL IMMEDIATE");
    for (const { back } of references) await session.run(back);
    for (const { form, table, live } of targets) {
      for (const sql of triggerSql(live, "back")) await session.run(sql);
      const sequence = table.sequence === null ? null : await sequenceOf(session, form);
      if (sequence !== null) {
        await session.rows(
          `SELECT pg_catalog.setval($1::pg_catalog.regclass, GREATEST(last_value, $2::pg_catalog.int8)) FROM ${sequence}`,
          [sequence, table.sequence],
        );
      }
    }
  });
  const tables = targets.map(({ table, removed }) => ({ name: table.name, removed, written: table.rows }));
  return { tables, rows: tables.reduce((sum, { written }) => sum + written, 0) };
}

function requirePostgres({ engine }: DocumentManifest): void {
  if (engine === "postgres") return;
  throw new LastgoodError("conflict", "This document was made from a SQLite database.", {
    hint: "Restore it into a SQLite database: the types of its values are not those of PostgreSQL.",
    outcome: "nothing",
  });
}

/** The database's tables of a document, locked. Throws `conflict` where one is missing, or has other columns. */
async function openTables(session: ServerSession, { schema, tables }: DocumentManifest): Promise<Target[]> {
  const before = await readTableForms(session);
  for (const { name } of tables) {
    const form = before.find((one) => one.schema === schema && one.table === name);
    if (!form) throw doesNotFit(`there is no table ${shown(name)} in its schema ${shown(schema)}`);
    await fits(() => session.run(`LOCK TABLE ONLY ${form.sql} IN ACCESS EXCLUSIVE MODE`), name);
  }
  const forms = await readTableForms(session);
  const targets: Target[] = [];
  for (const table of tables) {
    const form = forms.find((one) => one.schema === schema && one.table === table.name);
    const own = form?.columns.filter(({ isGenerated }) => !isGenerated).map(({ name }) => name);
    if (!form || [...(own ?? [])].sort().join("\0") !== [...valueNames(table)].sort().join("\0")) {
      throw doesNotFit(`table ${shown(table.name)} has other columns`);
    }
    targets.push({ table, form, live: await readLiveTable(session, form), removed: 0 });
  }
  return targets;
}

/** References of these tables, and to them. */
async function referencesOf(
  session: ServerSession,
  targets: readonly Target[],
): Promise<{ away: string; back: string }[]> {
  const rows = await session.rows(
    `SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), k.conname, pg_catalog.pg_get_constraintdef(k.oid)
     FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid = ANY ($1::pg_catalog.oid[]) OR k.confrelid = ANY ($1::pg_catalog.oid[]))`,
    [targets.map(({ form }) => form.oid)],
  );
  return rows.map(([table, name, definition]) => ({
    away: `ALTER TABLE ${table} DROP CONSTRAINT ${quoteName(name ?? "")}`,
    back: `ALTER TABLE ${table} ADD CONSTRAINT ${quoteName(name ?? "")} ${definition}`,
  }));
}

async function insertRows(
  session: ServerSession,
  { table, form }: Target,
  rows: readonly DocumentValue[][],
): Promise<void> {
  const names = valueNames(table);
  if (names.length === 0) {
    for (const _ of rows) await session.run(`INSERT INTO ${form.sql} DEFAULT VALUES`);
    return;
  }
  const types = names.map((name) => form.columns.find((one) => one.name === name)?.type ?? "text");
  const lists = names.map((_, i) => `$${i + 1}::pg_catalog.text[]`).join(", ");
  await session.run(
    `INSERT INTO ${form.sql} (${names.map(quoteName).join(", ")}) OVERRIDING SYSTEM VALUE
     SELECT ${types.map((type, i) => `CAST(o.v${i} AS ${type})`).join(", ")} FROM unnest(${lists}) AS o(${names.map((_, i) => `v${i}`).join(", ")})`,
    names.map((_, i) => rows.map((row) => toText(table.name, row[i] ?? null))),
  );
}

/** What today's database has against the rows is a conflict. */
async function fits<T>(work: () => Promise<T>, table: string | null = null): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isRule = error instanceof pg.DatabaseError && /^(22|23|42|0A|55000)/.test(error.code ?? "");
    if (!isRule) throw error;
    throw doesNotFit(`${table === null ? "" : `of table ${shown(table)} `}PostgreSQL says: ${error.message}`);
  }
}

function doesNotFit(because: string): LastgoodError {
  return new LastgoodError("conflict", `The document does not fit this database: ${because}.`, {
    hint: "Nothing was changed. Restore the document where its tables are as they were, or look at what has changed.",
    outcome: "nothing",
  });
}
