import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import type { BookmarkView, DatabaseView } from "../lib/client/api-types.ts";
import { CaptureClient } from "../lib/engines/sqlite/capture-client.ts";
import { runtimePaths } from "../lib/runtime-paths.ts";
import { startLastgood } from "../tests/world/start-lastgood.ts";
import { measureHistory } from "./measure-history.ts";
import { measureLag } from "./measure-lag.ts";
import { type ApiCall, measureRestore, type RestoreSpeed } from "./measure-restore.ts";
import { measureThroughput } from "./measure-throughput.ts";
import { formatReport, type Report } from "./report.ts";
import { runWriter } from "./run-writer.ts";
import { prepareBenchTables } from "./shop-writer.ts";

// Measures a whole Lastgood with a separate writer, each figure beside a baseline from the same minutes.
// node bench/run.ts [--seconds 5] [--rounds 2] [--json report.json]; `npm run up` must have built the console once.
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "2" },
    json: { type: "string" },
  },
});
const seconds = Number(values.seconds);

const folder = mkdtempSync(path.join(tmpdir(), "lastgood-bench-"));
const lastgood = await startLastgood({ env: { LASTGOOD_ATTACH_ROOTS: folder } });
const paths = runtimePaths(lastgood.data);
const capture = new CaptureClient(paths);

const call: ApiCall = async <T>(route: string, body?: unknown) => {
  const answer = await fetch(`${lastgood.url}/api/namespaces/${lastgood.namespace}${route}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${route} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as T;
};

async function attach(name: string, extraBytes = 0): Promise<{ id: string; path: string }> {
  const file = path.join(folder, `${name}.db`);
  prepareBenchTables(file);
  if (extraBytes > 0) {
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE archive (id INTEGER PRIMARY KEY, body BLOB)");
    const rows = Math.ceil(extraBytes / 3900);
    database.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO archive (body) SELECT randomblob(3900) FROM n; PRAGMA wal_checkpoint(TRUNCATE)`);
    database.close();
  }
  const { id } = await call<DatabaseView>("/databases", { name, engine: "sqlite", attach: { path: file } });
  await capture.flush(id);
  return { id, path: file };
}

async function restoreAfter(database: { id: string; path: string }, commits: number): Promise<RestoreSpeed> {
  const { bookmark } = await call<BookmarkView>(`/databases/${database.id}/bookmark`);
  const perSecond = 1000;
  const order = { path: database.path, synchronous: "NORMAL", commitsPerSecond: perSecond, withTimes: false } as const;
  const made = await runWriter({ ...order, seconds: commits / perSecond });
  await capture.flush(database.id);
  return measureRestore(call, database, { bookmark, commitsBack: made.commits });
}

try {
  const captured = await attach("captured");
  const plain = path.join(folder, "plain.db");
  prepareBenchTables(plain);
  const settle = async () => {
    await capture.flush(captured.id, false, 120_000);
  };
  const throughput = await measureThroughput(
    { plain, captured: captured.path, settle },
    Number(values.rounds),
    seconds,
  );
  const lag = await measureLag(capture, captured, 500, seconds * 2);
  const history = measureHistory(path.join(paths.history, captured.id));
  const restores = [await restoreAfter(captured, 1000)];
  const large = await attach("large", 256 * 1024 * 1024);
  restores.push(await restoreAfter(large, 1000), await restoreAfter(large, 10_000));

  const machine = {
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? "unknown",
    node: process.version,
    sqlite: process.versions.sqlite ?? "",
  };
  const report: Report = { machine, throughput, lag, history, restores };
  process.stdout.write(`${formatReport(report)}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  capture.close();
  await lastgood.remove();
  rmSync(folder, { recursive: true, force: true });
}
