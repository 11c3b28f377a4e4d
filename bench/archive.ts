import { execFile } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";

const ROW_BYTES = 3900;
const ROWS_AT_ONCE = 20_000;
const BUILD = import.meta.filename;

/** What this file does when it is run as a program, as JSON in its first argument. */
type Order = { file: string } & ({ act: "make"; bytes: number } | { act: "change"; pages: number; commits: number });

/** Makes a database of about `bytes`: one table of random rows, each on a page of its own. Written out, not sparse. */
export async function makeArchive(file: string, bytes: number): Promise<void> {
  await runOrder({ file, act: "make", bytes });
}

/** Changes some bytes of each of `pages` different pages, spread over all of the table, in so many commits. */
export async function changeArchive(file: string, pages: number, commits: number): Promise<void> {
  await runOrder({ file, act: "change", pages, commits });
}

/** Writers are processes of their own: an application knows nothing of whoever measures it. */
async function runOrder(order: Order): Promise<void> {
  await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", BUILD, JSON.stringify(order)]);
}

function make(file: string, bytes: number): void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000");
  database.exec("CREATE TABLE archive (id INTEGER PRIMARY KEY, changes INTEGER, body BLOB)");
  const insert = database.prepare(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO archive (changes, body) SELECT 0, randomblob(${ROW_BYTES}) FROM n`);
  for (let left = Math.ceil(bytes / 4096); left > 0; left -= ROWS_AT_ONCE) insert.run(Math.min(left, ROWS_AT_ONCE));
  database.exec("PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL");
  database.close();
}

function change(file: string, pages: number, commits: number): void {
  const database = new DatabaseSync(file, { timeout: 10_000 });
  database.exec("PRAGMA synchronous = NORMAL");
  const rows = Number(database.prepare("SELECT max(id) AS rows FROM archive").get()?.rows);
  const update = database.prepare("UPDATE archive SET changes = changes + 1 WHERE id = ?");
  const stride = Math.max(1, Math.floor(rows / pages));
  const perCommit = Math.max(1, Math.ceil(pages / commits));
  const offset = Math.floor(Math.random() * stride);
  for (let done = 0; done < pages; ) {
    database.exec("BEGIN IMMEDIATE");
    for (let i = 0; i < perCommit && done < pages; i++, done++) update.run(1 + ((offset + done * stride) % rows));
    database.exec("COMMIT");
  }
  database.close();
}

if (import.meta.main) {
  const order: Order = JSON.parse(process.argv[2] ?? "null");
  if (order.act === "make") make(order.file, order.bytes);
  else change(order.file, order.pages, order.commits);
}
