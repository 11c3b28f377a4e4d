import { DatabaseSync } from "node:sqlite";
import type { DocumentLimits } from "../../json/document-limits.ts";
import { type DocumentManifest, type DocumentTable, valueNames } from "../../json/document-manifest.ts";
import { type DocumentValue, RawText } from "../../json/document-row.ts";
import { DocumentWriter } from "../../json/document-writer.ts";
import { quote } from "../give-back/table-shape.ts";
import { countBrokenReferences } from "./broken-references.ts";
import { readTableForms, SQLITE_SCHEMA, type TableForm } from "./document-tables.ts";

export type WriteDocumentQuestion = {
  /** A whole state, written out; nobody changes it. */
  imageFile: string;
  /** Where the document goes. */
  file: string;
  excludeTables: readonly string[];
  database: { id: string; name: string };
  bookmark: string;
  timeMs: number;
};
export type DocumentFacts = {
  /** Bytes. */
  sizeBytes: number;
  hash: string;
  tables: number;
  rows: number;
  leftOut: { name: string; because: string }[];
};

type Report = (done: number, total: number) => void;

/** Writes the document of a state that lies in a file of its own. */
export function writeDocument(question: WriteDocumentQuestion, report: Report, limits?: DocumentLimits): DocumentFacts {
  const image = openImage(question.imageFile);
  const { tables: forms, leftOut } = readTableForms(image, question.excludeTables);
  const tables = forms.map((form) => countTable(image, form));
  const totalRows = tables.reduce((sum, { rows }) => sum + rows, 0);
  const encoding = String(image.prepare("PRAGMA main.encoding").get()?.encoding);
  const manifest: Omit<DocumentManifest, "hash"> = {
    version: 1,
    engine: "sqlite",
    encoding,
    database: question.database,
    schema: SQLITE_SCHEMA,
    bookmark: question.bookmark,
    time: new Date(question.timeMs).toISOString(),
    tables,
    leftOut,
    totalTables: tables.length,
    totalRows,
  };
  const writer = new DocumentWriter(question.file, manifest, limits);
  try {
    let done = 0;
    for (const table of tables) {
      writer.beginTable();
      for (const row of rowsOf(image, table, encoding)) {
        writer.row(row);
        if (++done % 1000 === 0) report(done, totalRows);
      }
      writer.endTable();
    }
    return { ...writer.finish(), tables: tables.length, rows: totalRows, leftOut };
  } finally {
    writer.close();
    image.close();
  }
}

/** Opens a file that nobody writes. What its schema says is not trusted. */
export function openImage(file: string): DatabaseSync {
  const url = `file://${file.split("/").map(encodeURIComponent).join("/")}?immutable=1`;
  const image = new DatabaseSync(url, {
    readOnly: true,
    allowExtension: false,
    enableDoubleQuotedStringLiterals: true,
    defensive: true,
  });
  image.exec(
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -16384",
  );
  return image;
}

function countTable(image: DatabaseSync, form: TableForm): DocumentTable {
  const rows = Number(image.prepare(`SELECT count(*) AS n FROM main.${quote(form.name)}`).get()?.n);
  return {
    name: form.name,
    rows,
    columns: form.columns,
    hiddenKey: form.hiddenKey,
    sequence: readSequence(image, form.name),
    foreignKeys: form.foreignKeys,
    brokenReferences: countBrokenReferences(image, form.name),
  };
}

function readSequence(image: DatabaseSync, table: string): string | null {
  const isThere = image.prepare("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'").get();
  if (!isThere) return null;
  const counted = image
    .prepare("SELECT CAST(seq AS TEXT) AS seq FROM main.sqlite_sequence WHERE name = ? AND typeof(seq) = 'integer'")
    .get(table);
  return counted ? String(counted.seq) : null;
}

/** Every row of a table, in the order of the table itself. Text that JavaScript would spoil is read as its bytes. */
function* rowsOf(image: DatabaseSync, table: DocumentTable, encoding: string): Generator<DocumentValue[]> {
  // A name behind a table's is never taken for a text, as one in double quotes alone would be.
  const names = valueNames(table).map((name) => `s.${quote(name)}`);
  const exact = new ExactTexts(image, table, names, encoding);
  let at = 0;
  for (const row of iterate(image, `SELECT ${names.join(", ")} FROM main.${quote(table.name)} AS s NOT INDEXED`)) {
    yield row.some((value) => typeof value === "string" && exact.isDoubtful(value)) ? exact.settle(row, at) : row;
    at++;
  }
}

function iterate(image: DatabaseSync, sql: string): Iterator<DocumentValue[]> & Iterable<DocumentValue[]> {
  const statement = image.prepare(sql);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  return statement.iterate() as unknown as Iterator<DocumentValue[]> & Iterable<DocumentValue[]>;
}

/** The bytes of texts, by a second walk over the table that follows the first one where it is needed. */
class ExactTexts {
  readonly #start: () => Iterator<(Uint8Array | null)[]>;
  readonly #decoder: TextDecoder;
  readonly #isUtf8: boolean;
  #walk: Iterator<(Uint8Array | null)[]> | null = null;
  #at = 0;

  constructor(image: DatabaseSync, table: DocumentTable, names: readonly string[], encoding: string) {
    const bytes = names.map((name) => `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) END`);
    const sql = `SELECT ${bytes.join(", ")} FROM main.${quote(table.name)} AS s NOT INDEXED`;
    this.#start = () => iterate(image, sql) as Iterator<(Uint8Array | null)[]>;
    this.#isUtf8 = encoding === "UTF-8";
    this.#decoder = new TextDecoder(encoding.toLowerCase(), { fatal: true, ignoreBOM: true });
  }

  /** What is no UTF-8 arrives as U+FFFD; of UTF-16 SQLite itself makes something else. */
  isDoubtful(text: string): boolean {
    return !this.#isUtf8 || text.includes("\ufffd");
  }

  /** The row with number `at`, from 0; numbers rise from call to call. */
  settle(row: DocumentValue[], at: number): DocumentValue[] {
    this.#walk ??= this.#start();
    for (; this.#at < at; this.#at++) this.#walk.next();
    const bytes: (Uint8Array | null)[] = this.#walk.next().value ?? [];
    this.#at++;
    return row.map((value, i) => {
      const own = bytes[i];
      return typeof value === "string" && own ? this.#decode(own) : value;
    });
  }

  #decode(bytes: Uint8Array): DocumentValue {
    try {
      return this.#decoder.decode(bytes);
    } catch (error) {
      if (error instanceof TypeError) return new RawText(bytes);
      throw error;
    }
  }
}
