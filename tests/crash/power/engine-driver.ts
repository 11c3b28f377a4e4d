/**
 * What an agent does, in a process that loses its power: `node engine-driver.ts <data directory> <folder of programs>`.
 * Each line of its input is a task; it tells of each step by a JSON line, `{about: <database id>, ...}`, the moment it is done.
 */
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import pino from "pino";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { ProtectedDatabase, Run } from "../../../lib/engines/engine.ts";
import { SqliteEngine } from "../../../lib/engines/sqlite/sqlite-engine.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";

export type DriverTask =
  | { task: "protect"; db: ProtectedDatabase }
  | { task: "register"; db: ProtectedDatabase }
  | { task: "host"; db: ProtectedDatabase; from: number }
  | { task: "restore"; db: ProtectedDatabase; restoreId: string; to: Bookmark }
  | { task: "prune"; db: ProtectedDatabase; keepFromMs: number };

const MOST_ITEMS = 60;
const [data = "", programs = ""] = process.argv.slice(2);
const engine = new SqliteEngine({ paths: runtimePaths(data), attachRoots: [programs], log: pino({ level: "silent" }) });
const run: Run = { signal: new AbortController().signal, progress: () => undefined };

const tell = (about: string, what: object) => process.stdout.write(`${JSON.stringify({ about, ...what })}\n`);

async function protect(db: ProtectedDatabase): Promise<void> {
  await engine.protect(db, db.origin === "hosted" ? { kind: "empty" } : { kind: "existing" }, run);
  const { bookmark, txid } = await engine.current(db);
  tell(db.id, { protected: bookmark, txid });
}

/** One acknowledged write after the other, beside a database in memory that says what the content must be. */
async function host(db: ProtectedDatabase, from: number): Promise<void> {
  const model = new DatabaseSync(":memory:");
  model.exec("CREATE TABLE counter(id INTEGER PRIMARY KEY, text BLOB)");
  model.exec("CREATE TABLE item(id INTEGER PRIMARY KEY, kind INT, content BLOB)");
  const schema = "CREATE TABLE IF NOT EXISTS counter(id INTEGER PRIMARY KEY, text BLOB)";
  const items = "CREATE TABLE IF NOT EXISTS item(id INTEGER PRIMARY KEY, kind INT, content BLOB)";
  const first = "INSERT OR IGNORE INTO counter VALUES(1, 'CNT=000000000000')";
  await engine.query(db, { sql: `${schema}; ${items}; ${first}` });
  await fill(db, model);
  for (let number = from; ; number++) {
    const sql = hostedChange(model, number);
    model.exec(sql);
    tell(db.id, { try: number, digest: digestOf(model) });
    const { bookmark } = await engine.query(db, { sql });
    tell(db.id, { ack: number, bookmark });
  }
}

async function fill(db: ProtectedDatabase, model: DatabaseSync): Promise<void> {
  const read = async (sql: string) => (await engine.query(db, { sql })).results[0]?.results ?? [];
  const item = model.prepare("INSERT INTO item VALUES(?, ?, ?)");
  for (const { text } of await read("SELECT text FROM counter")) {
    model.prepare("INSERT INTO counter VALUES(1, ?)").run(text ?? null);
  }
  for (const { id, kind, content } of await read("SELECT id, kind, content FROM item ORDER BY id")) {
    item.run(id ?? null, kind ?? null, content ?? null);
  }
  const number = Number(String(model.prepare("SELECT text FROM counter").get()?.text).slice(4));
  tell(db.id, { begin: number, digest: digestOf(model) });
}

function hostedChange(model: DatabaseSync, number: number): string {
  const content = createHash("sha512").update(`hosted ${number}`).digest("hex");
  const { newest, count } = model.prepare("SELECT max(id) AS newest, count(*) AS count FROM item").get() ?? {};
  const id = Number(newest ?? 0) + 1;
  const drop = Number(count) > MOST_ITEMS ? `DELETE FROM item WHERE id <= ${id - MOST_ITEMS / 2};` : "";
  const text = `CNT=${String(number).padStart(12, "0")}`;
  const insert = `INSERT INTO item VALUES(${id}, ${number % 7}, x'${content.repeat(1 + (number % 5))}')`;
  return `${drop} ${insert}; UPDATE counter SET text = '${text}'`;
}

/** As power_content.py does it. */
function digestOf(model: DatabaseSync): string {
  const total = createHash("sha1");
  total.update(`${String(model.prepare("SELECT text FROM counter").get()?.text)}\n`);
  for (const { id, kind, content } of model.prepare("SELECT id, kind, content FROM item ORDER BY id").iterate()) {
    total.update(`${String(id)}|${String(kind)}|${Buffer.from(content as Uint8Array).toString("hex")}\n`);
  }
  return total.digest("hex");
}

async function work(task: DriverTask): Promise<void> {
  const { db } = task;
  if (task.task === "protect") return protect(db);
  if (task.task === "host") return host(db, task.from);
  if (task.task === "register") {
    engine.register(db);
    tell(db.id, { registered: db.windowDays });
    return;
  }
  if (task.task === "prune") {
    const { removedBytes } = await engine.prune(db, task.keepFromMs, run);
    tell(db.id, { pruned: removedBytes });
    return;
  }
  const { restoreBookmark } = await engine.restore(db, task.restoreId, task.to, run);
  tell(db.id, { restored: task.restoreId, restoreBookmark });
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const task = JSON.parse(line) as DriverTask;
  work(task).catch((error: unknown) => {
    const code = error instanceof LastgoodError ? error.code : "internal";
    tell(task.db.id, { failed: task.task, code, message: error instanceof Error ? error.message : String(error) });
  });
});
lines.on("close", () => process.exit(0));
tell("", { ready: true });
