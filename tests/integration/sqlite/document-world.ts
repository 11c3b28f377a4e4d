import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { DocumentLimits } from "../../../lib/engines/json/document-limits.ts";
import { readDocument } from "../../../lib/engines/json/read-document.ts";
import { readTableForms } from "../../../lib/engines/sqlite/documents/document-tables.ts";
import { replaceTables } from "../../../lib/engines/sqlite/documents/replace-tables.ts";
import { DocumentStage } from "../../../lib/engines/sqlite/documents/staged-document.ts";
import { type DocumentFacts, writeDocument } from "../../../lib/engines/sqlite/documents/write-document.ts";
import { schemaTextOf } from "../../../lib/engines/sqlite/give-back/table-shape.ts";
import { attachStill } from "../../../lib/engines/sqlite/one-commit/open-live.ts";

/** Databases and documents in one folder, without capture: what writing and reading themselves do. */
export class DocumentWorld {
  readonly folder = mkdtempSync(path.join(tmpdir(), "documents-"));
  #files = 0;

  file(end = "db"): string {
    this.#files++;
    return path.join(this.folder, `${this.#files}.${end}`);
  }

  /** Makes a database; foreign keys are not enforced. */
  make(sql: string, encoding = "UTF-8"): string {
    const file = this.file();
    const made = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    made.exec(`PRAGMA encoding = '${encoding}'; ${sql}`);
    made.close();
    return file;
  }

  run(file: string, sql: string): void {
    const connection = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    connection.exec(sql);
    connection.close();
  }

  /** Answers the document's path. */
  write(imageFile: string, excludeTables: string[] = [], limits?: DocumentLimits): string {
    const file = this.file("json");
    this.lastFacts = writeDocument(
      { imageFile, file, excludeTables, database: { id: "d", name: "n" }, bookmark: "b", timeMs: 1_795_244_288_123 },
      () => undefined,
      limits,
    );
    return file;
  }
  lastFacts: DocumentFacts | null = null;

  /** Reads a document and puts it into a database: what the processes of a restore do, one after the other. */
  async restore(file: string, document: string): Promise<void> {
    const stageFile = this.file("stage");
    const live = new DatabaseSync(file, { enableDoubleQuotedStringLiterals: true, enableForeignKeyConstraints: false });
    try {
      const { tables } = readTableForms(live, []);
      const encoding = String(live.prepare("PRAGMA encoding").get()?.encoding);
      const known = tables.map((table) => ({ ...table, schemaText: schemaTextOf(live, "main", table.name) }));
      const stage = new DocumentStage(stageFile, { encoding, tables: known });
      try {
        await readDocument(createReadStream(document), {
          manifest: (manifest) => stage.begin(manifest),
          rows: (table, rows) => stage.add(table, rows),
        });
        stage.finish();
      } finally {
        stage.close();
      }
      attachStill(live, stageFile, "stage");
      live.exec("BEGIN IMMEDIATE");
      replaceTables(live, () => undefined);
      live.exec("COMMIT");
    } finally {
      live.close();
    }
  }

  /** Every value of every table, to the bit; and what SQLite keeps beside them. */
  dump(file: string): string {
    const connection = new DatabaseSync(file, { readOnly: true, enableDoubleQuotedStringLiterals: true });
    const all = connection
      .prepare("PRAGMA table_list")
      .all()
      .filter((row) => row.schema === "main" && row.type === "table" && row.name !== "sqlite_schema")
      .map((row) => String(row.name))
      .sort()
      .map((name) => [name, this.#rows(connection, name)]);
    connection.close();
    return JSON.stringify(all, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #rows(connection: DatabaseSync, name: string): unknown[] {
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const columns = connection.prepare("SELECT name FROM pragma_table_xinfo(?)").all(name);
    const taken = new Set(columns.map((column) => String(column.name).toLowerCase()));
    const rowid = ["rowid", "_rowid_", "oid"].find((one) => !taken.has(one));
    const isKeyed = connection.prepare("SELECT wr FROM pragma_table_list(?)").get(name)?.wr === 1;
    const names = columns.map((column) => `t.${quote(String(column.name))}`);
    if (!isKeyed && rowid) names.unshift(`t.${rowid}`);
    const values = names.flatMap((one) => [
      `typeof(${one})`,
      `CASE WHEN typeof(${one}) IN ('text', 'blob') THEN hex(CAST(${one} AS BLOB)) ELSE ${one} END`,
    ]);
    const statement = connection.prepare(`SELECT ${values.join(", ")} FROM ${quote(name)} t NOT INDEXED`);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const rows = statement.all() as unknown as unknown[][];
    return rows.map((row) =>
      row.map((value) =>
        typeof value === "number" ? Buffer.from(Float64Array.of(value).buffer).toString("hex") : value,
      ),
    );
  }
}
