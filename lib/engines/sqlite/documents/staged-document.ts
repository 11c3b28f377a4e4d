import { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { type DocumentManifest, type DocumentTable, shown, valueNames } from "../../json/document-manifest.ts";
import { type DocumentValue, RawText } from "../../json/document-row.ts";
import type { TableForm } from "./document-tables.ts";

/**
 * A document that was read whole and found to be right, as a SQLite file of its own. Table number `i` of the document is `r<i>`, its
 * values `c0`, `c1`… in the order of `valueNames`, without a type, so that each stays what it is; its rows are numbered from 1.
 */
export type StagedTable = {
  id: number;
  name: string;
  /** Columns that are written, `c0` first. */
  names: string[];
  /** Which of them name a row, as places in `names`; empty where nothing does. */
  key: number[];
  rows: number;
  sequence: string | null;
  /** Tables that its rows refer to. */
  parents: string[];
  brokenReferences: number;
  /** What the live table's schema must still be when the rows are written. */
  schemaText: string;
};
export type StagedDocument = { version: 1; tables: StagedTable[]; totalRows: number };

/** What the database has of a document's tables. */
export type LiveCatalogue = { encoding: string; tables: (TableForm & { schemaText: string })[] };

/** Writes the rows of a document into such a file. */
export class DocumentStage {
  readonly #file: string;
  readonly #live: LiveCatalogue;
  #made: DatabaseSync | null = null;
  #tables: StagedTable[] = [];
  #inserts: StageInsert[] = [];
  #encoding = "";

  /** @param file is made */
  constructor(file: string, live: LiveCatalogue) {
    this.#file = file;
    this.#live = live;
  }

  /** Refuses, as `conflict`, a document whose tables are not those of the database. */
  begin(manifest: DocumentManifest): void {
    this.#tables = matchTables(manifest, this.#live);
    this.#encoding = manifest.encoding;
    for (const end of ["", "-journal"]) disk.rmSync(`${this.#file}${end}`, { force: true });
    const stage = new DatabaseSync(this.#file);
    this.#made = stage;
    stage.exec(`PRAGMA encoding = '${this.#live.encoding}'; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
      PRAGMA cache_size = -16384; CREATE TABLE meta (json TEXT); BEGIN`);
    this.#inserts = this.#tables.map((table) => {
      const columns = table.names.map((_, i) => `c${i}`).join(", ");
      stage.exec(`CREATE TABLE r${table.id} (${columns})`);
      return new StageInsert(stage, table);
    });
  }

  add(table: number, rows: readonly DocumentValue[][]): void {
    for (const row of rows) this.#inserts[table]?.run(row, this.#encoding === this.#live.encoding);
  }

  /** Everything was read: makes it durable. */
  finish(): StagedDocument {
    const document = { version: 1, tables: this.#tables, totalRows: sum(this.#tables) } as const;
    this.#made?.prepare("INSERT INTO meta VALUES (?)").run(JSON.stringify(document));
    this.#made?.exec("COMMIT");
    this.close();
    const fd = disk.openSync(this.#file, "r+");
    try {
      disk.fsyncSync(fd);
    } finally {
      disk.closeSync(fd);
    }
    return document;
  }

  close(): void {
    if (this.#made?.isOpen) this.#made.close();
    this.#made = null;
  }
}

/** What was staged, read where the file is attached as `stage`. */
export function readStaged(connection: DatabaseSync): StagedDocument {
  return JSON.parse(String(connection.prepare("SELECT json FROM stage.meta").get()?.json)) as StagedDocument;
}

const sum = (tables: readonly StagedTable[]) => tables.reduce((all, { rows }) => all + rows, 0);

/** The statement differs with the texts that are bytes: those SQLite makes from a blob. */
class StageInsert {
  readonly #stage: DatabaseSync;
  readonly #table: StagedTable;
  readonly #byKind = new Map<string, ReturnType<DatabaseSync["prepare"]>>();

  constructor(stage: DatabaseSync, table: StagedTable) {
    this.#stage = stage;
    this.#table = table;
  }

  run(row: readonly DocumentValue[], isSameEncoding: boolean): void {
    let kind = "";
    const values = row.map((value, i) => {
      if (typeof value === "boolean") throw otherValue(this.#table.name);
      if (!(value instanceof RawText)) return value;
      if (!isSameEncoding) throw otherValue(this.#table.name);
      kind += `${i},`;
      return value.bytes;
    });
    this.#statement(kind).run(...values);
  }

  #statement(kind: string) {
    const known = this.#byKind.get(kind);
    if (known) return known;
    const texts = new Set(kind.split(","));
    const places = this.#table.names.map((_, i) => (texts.has(`${i}`) ? "CAST(? AS TEXT)" : "?"));
    const made = this.#stage.prepare(`INSERT INTO r${this.#table.id} VALUES (${places.join(", ")})`);
    this.#byKind.set(kind, made);
    return made;
  }
}

function otherValue(table: string): LastgoodError {
  return mismatch(`table ${shown(table)} has a value that this database cannot hold`);
}

function matchTables(manifest: DocumentManifest, live: LiveCatalogue): StagedTable[] {
  if (manifest.engine !== "sqlite") throw mismatch(`it comes from an engine that is another one: ${manifest.engine}`);
  if (manifest.schema !== "main") throw mismatch(`there is no schema ${shown(manifest.schema)}`);
  return manifest.tables.map((table, id) => {
    const found = live.tables.find(({ name }) => name === table.name);
    if (!found) throw mismatch(`there is no table ${shown(table.name)} that it could be written to`);
    requireSameForm(table, found);
    const names = valueNames(table);
    return {
      id,
      name: table.name,
      names,
      key: keyOf(table, names),
      rows: table.rows,
      sequence: table.sequence,
      parents: found.foreignKeys.map((one) => one.table),
      brokenReferences: table.brokenReferences,
      schemaText: found.schemaText,
    };
  });
}

/** Column for column, as declared: anything else would make something else of the rows. */
function requireSameForm(table: DocumentTable, found: TableForm): void {
  const where = `table ${shown(table.name)}`;
  const unknown = table.columns.find(({ name }) => !found.columns.some((one) => one.name === name));
  if (unknown) throw mismatch(`${where} has no column ${shown(unknown.name)}`);
  const added = found.columns.find(({ name }) => !table.columns.some((one) => one.name === name));
  if (added) throw mismatch(`${where} has the column ${shown(added.name)} by now, which the document does not know`);
  const other = table.columns.find((column, i) => JSON.stringify(column) !== JSON.stringify(found.columns[i]));
  if (other) throw mismatch(`${where} has another column ${shown(other.name)} by now: type, key or place differ`);
  if (table.hiddenKey !== found.hiddenKey) throw mismatch(`${where} numbers its rows in another way by now`);
}

function keyOf(table: DocumentTable, names: readonly string[]): number[] {
  if (table.hiddenKey !== null) return [0];
  const key = table.columns.filter(({ primaryKey }) => primaryKey > 0);
  return key.sort((a, b) => a.primaryKey - b.primaryKey).map(({ name }) => names.indexOf(name));
}

/** A document that is right in itself, for another database or another schema; `because` goes on behind "since". */
function mismatch(because: string): LastgoodError {
  return new LastgoodError("conflict", `The document does not fit this database, since ${because}.`, {
    hint: "Nothing was changed. Bring the schema back to what it was, or restore a physical backup or a moment of the history.",
    outcome: "nothing",
  });
}
