import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import {
  type AssertionResult,
  type DrillAssertion,
  type DrillCheck,
  judgeAssertion,
  type TableCount,
} from "../../../domain/drill.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { readWhole } from "../../../storage/durable-file.ts";
import type { PageSource } from "../../engine.ts";
import { answerJob } from "../../processes/answer-job.ts";
import { openImage } from "../images/open-image.ts";
import { ViewConnection } from "../view/view-connection.ts";
import { loadWasmSqlite } from "../view/wasm-sqlite.ts";

/** Looks through a restored file that nobody else has: what SQLite finds in it, its rows, and people's assertions. */
export type CheckThrowawayQuestion = { file: string; assertions: readonly DrillAssertion[] };
export type CheckedThrowaway = { integrity: DrillCheck; tables: TableCount[]; asked: AssertionResult[] };

const MOST_COMPLAINTS = 5;
const ASSERTION_LIMITS = {
  questionMs: 5 * 60_000,
  rows: 10_000,
  resultBytes: 4 * 1024 * 1024,
  memoryBytes: 256 * 1024 * 1024,
};

await answerJob<CheckThrowawayQuestion>(async ({ file, assertions }, report): Promise<CheckedThrowaway> => {
  const steps = 2 + assertions.length;
  report(0, steps);
  const url = pathToFileURL(file);
  // Nothing appears beside it: what is kept as evidence stays as it was restored.
  url.searchParams.set("immutable", "1");
  const connection = new DatabaseSync(url, { readOnly: true, defensive: true });
  connection.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
  const integrity = checkIntegrity(connection);
  report(1, steps);
  const tables = integrity.outcome === "passed" ? countTables(connection) : [];
  connection.close();
  report(2, steps);
  const asked = assertions.length === 0 ? [] : await ask(file, assertions, (done) => report(2 + done, steps));
  return { integrity, tables, asked };
});

/** https://www.sqlite.org/pragma.html#pragma_integrity_check */
function checkIntegrity(connection: DatabaseSync): DrillCheck {
  const check = "integrity";
  try {
    const rows = connection.prepare(`PRAGMA integrity_check(${MOST_COMPLAINTS})`).all();
    const complaints = rows.map((row) => String(Object.values(row)[0]));
    if (complaints.length === 1 && complaints[0] === "ok") {
      return { check, outcome: "passed", text: "SQLite's integrity check found nothing." };
    }
    return { check, outcome: "failed", text: `SQLite's integrity check: ${complaints.join("; ")}` };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return { check, outcome: "failed", text: `SQLite's integrity check could not go on: ${cause}.` };
  }
}

/** Tables as people made them; those of modules that this SQLite does not have cannot be counted. */
function countTables(connection: DatabaseSync): TableCount[] {
  const names = connection
    .prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .all()
    .map(({ name }) => String(name));
  return names.flatMap((name) => {
    try {
      const row = connection.prepare(`SELECT count(*) AS rows FROM "${name.replaceAll('"', '""')}"`).get();
      return { name, rows: Number(row?.rows ?? 0) };
    } catch (error) {
      if (error instanceof Error && /no such module/.test(error.message)) return [];
      throw error;
    }
  });
}

async function ask(
  file: string,
  assertions: readonly DrillAssertion[],
  report: (done: number) => void,
): Promise<AssertionResult[]> {
  const sqlite = await loadWasmSqlite(ASSERTION_LIMITS.memoryBytes);
  const connection = new ViewConnection(sqlite, ASSERTION_LIMITS);
  const source = pagesOf(file);
  try {
    return assertions.map(({ name, sql }, index) => {
      const result = askOne(connection, source, { name, sql });
      report(index + 1);
      return result;
    });
  } finally {
    connection.close();
    source.close();
  }
}

function askOne(connection: ViewConnection, source: PageSource, { name, sql }: DrillAssertion): AssertionResult {
  try {
    connection.open(source);
    const [row] = connection.run({ sql, params: null }).at(-1)?.results ?? [];
    return judgeAssertion(name, row && Object.values(row));
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return { name, holds: false, found: error.message };
  }
}

function pagesOf(file: string): PageSource {
  const { fd, pageSize, pageCount } = openImage(file);
  return {
    pageSize,
    pageCount,
    read(page) {
      const bytes = Buffer.alloc(pageSize);
      readWhole(fd, bytes, (page - 1) * pageSize);
      return bytes;
    },
    close: () => disk.closeSync(fd),
  };
}
