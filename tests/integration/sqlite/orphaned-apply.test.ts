import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { ApplyJob } from "../../../lib/engines/sqlite/apply/apply-messages.ts";

const CHILD = path.resolve(import.meta.dirname, "../../../lib/engines/sqlite/apply/apply-child.ts");
const PARENT = `const { fork } = await import("node:child_process");
const child = fork(process.argv[1], [], { execArgv: ["--disable-warning=ExperimentalWarning"] });
child.on("message", ({ kind }) => console.log(kind));
child.send({ kind: "apply", job: JSON.parse(process.argv[2]) });
setInterval(() => {}, 1000)`;

const cleanUp: (() => unknown)[] = [];
afterEach(() => {
  for (const each of cleanUp.splice(0).reverse()) each();
});

test("an apply whose agent dies while it waits for the lock gives it back at once and says nothing of a broken pipe", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "orphaned-apply-"));
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
  const databasePath = path.join(folder, "app.db");
  const program = new DatabaseSync(databasePath, { timeout: 5000 });
  cleanUp.push(() => program.close());
  program.exec("PRAGMA journal_mode = WAL; CREATE TABLE t(a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
  const job: ApplyJob = {
    restoreId: "orphaned",
    databasePath,
    intentPath: path.join(folder, "intent.json"),
    pagesFile: null,
    cookieFloor: 0,
    lockTimeoutMs: 30_000,
    pagesTimeoutMs: 60_000,
  };
  const parent = spawn(process.execPath, ["--input-type=module", "-e", PARENT, CHILD, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  parent.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  // The child has inherited these pipes: they close when it, too, has ended.
  const bothEnded = once(parent, "close");
  await once(parent.stdout, "data");
  // From here on the child waits inside SQLite, and hears of nothing.
  await sleep(500);
  parent.kill("SIGKILL");
  await sleep(200);
  program.exec("COMMIT");
  await bothEnded;
  program.exec("INSERT INTO t VALUES (2)");
  expect({ errors, rows: program.prepare("SELECT count(*) AS n FROM t").get()?.n }).toEqual({ errors: "", rows: 2 });
});
