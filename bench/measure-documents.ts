import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { DOCUMENT_HEAP_MIB as heapMib } from "../lib/engines/json/document-limits.ts";
import { runChild } from "../lib/engines/processes/run-child.ts";

// Writes the portable document of a database with one large table, reads it and puts it back, and tells how long that takes and how
// much memory the processes that do it have at most. Without capture: what is measured is the document's own way.
// node bench/measure-documents.ts [--gb 2]

const { values } = parseArgs({ options: { gb: { type: "string", default: "2" } } });
const ROW_BYTES = 1024;
const rows = Math.round((Number(values.gb) * 1024 ** 3) / ROW_BYTES);
const folder = mkdtempSync(path.join(tmpdir(), "bench-documents-"));
const documents = path.resolve(import.meta.dirname, "../lib/engines/sqlite/documents");
const memory = path.join(folder, "memory");
mkdirSync(memory);
process.env.BENCH_MEMORY = memory;
process.env.NODE_OPTIONS = `--import=${pathToFileURL(path.join(import.meta.dirname, "note-memory.ts")).href}`;

const live = path.join(folder, "live.db");
const document = path.join(folder, "document.json");
const stage = path.join(folder, "stage.db");
const mib = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MiB`;

function make(): void {
  const connection = new DatabaseSync(live);
  connection.exec(`PRAGMA journal_mode = wal; PRAGMA synchronous = OFF;
    CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT, price REAL, bytes BLOB, text TEXT); BEGIN;
    WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO big SELECT i, 'name ' || i, i / 7.0, randomblob(100), hex(randomblob(${(ROW_BYTES - 150) / 2})) FROM n;
    COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`);
  connection.close();
}

async function measured(what: string, script: string, work: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  await work();
  const seconds = (performance.now() - startedMs) / 1000;
  const most = Number(readFileSync(path.join(memory, `${script}.json`), "utf8"));
  console.log(`${what}: ${seconds.toFixed(1)} s, at most ${mib(most)} of memory`);
}

const child = (name: string) => pathToFileURL(path.join(documents, `${name}.ts`));

/** The writer says when all is written, commits when it is told to, and ends when nobody is there any more. */
function replace(): Promise<void> {
  return new Promise((resolve, reject) => {
    const writer = fork(child("replace-child"), [JSON.stringify({ livePath: live, stageFile: stage })], {
      serialization: "advanced",
    });
    writer.on("message", (message: object) => {
      if ("prepared" in message) writer.send({ commit: true });
      if ("committed" in message) writer.disconnect();
      if ("failed" in message) reject(new Error(JSON.stringify(message)));
    });
    writer.once("exit", () => resolve());
  });
}

try {
  make();
  console.log(`table: ${rows} rows, ${mib(statSync(live).size)}`);
  const database = { id: "bench", name: "bench" };
  const input = { imageFile: live, file: document, excludeTables: [], database, bookmark: "b", timeMs: 0 };
  await measured("written", "write-document-child", () =>
    runChild({ script: child("write-document-child"), input, heapMib }),
  );
  console.log(`document: ${mib(statSync(document).size)}`);
  const read = { livePath: live, documentFile: document, stageFile: stage };
  await measured("read", "stage-document-child", () =>
    runChild({ script: child("stage-document-child"), input: read, heapMib }),
  );
  await measured("put back", "replace-child", replace);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
