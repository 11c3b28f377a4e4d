import type { DatabaseSync } from "node:sqlite";
import { assert } from "../../../domain/assert.ts";
import { LastgoodError, toWireError } from "../../../domain/errors.ts";
import { endAtOnce } from "../../../end-at-once.ts";
import { openLiveFile } from "../live-url.ts";
import type { FromQueryProcess, QueryProcessOptions, QueryText, ScriptFile, ToQueryProcess } from "./query-messages.ts";
import { type Ran, StatementRunner } from "./run-statements.ts";

/** The process that runs people's SQL on one hosted database (`query-messages.ts`). It is killed to cancel. */
const options: QueryProcessOptions = JSON.parse(process.argv[2] ?? "{}");
const runner = new StatementRunner(openHosted(options), options.resultLimitBytes);
let undecided: (Ran & { kind: "write" }) | null = null;

process.on("message", (message: ToQueryProcess) => {
  try {
    if ("run" in message) run(message.run);
    else decide(message.commit);
  } catch (error) {
    undecided = null;
    if (!(error instanceof LastgoodError)) throw error;
    send({ failed: toWireError(error) });
  }
});
process.on("disconnect", endAtOnce);
send({ ready: true });

function run(query: QueryText | ScriptFile): void {
  assert(!undecided, "one query at a time");
  const ran = "script" in query ? runner.runScript(query.script) : runner.run(query);
  if (ran.kind === "read") {
    send({ done: { results: ran.results } });
    return;
  }
  undecided = ran;
  send({ prepared: { results: ran.results } });
}

function decide(commit: boolean): void {
  assert(undecided, "a query waits for its end");
  const ran = undecided;
  undecided = null;
  let results = null;
  if (commit) results = ran.commit();
  else ran.rollback();
  send({ done: { results } });
}

function send(message: FromQueryProcess): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

/** Checkpoints belong to the keepers, so that no commit leaves the log before it is in the history. */
function openHosted({ path, busyTimeoutMs }: QueryProcessOptions): DatabaseSync {
  // Never made: an empty file in the place of one that is lost would be taken for the database.
  const connection = openLiveFile(path, {
    timeout: busyTimeoutMs,
    allowExtension: false,
    enableDoubleQuotedStringLiterals: true,
    defensive: true,
    limits: { length: 128 * 1024 * 1024, attach: 1, exprDepth: 500, likePatternLength: 10_000, vdbeOp: 5_000_000 },
  });
  connection.exec(`
    PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384`);
  const mode = connection.prepare("PRAGMA journal_mode").get()?.journal_mode;
  assert(mode === "wal", "a hosted database is in WAL mode");
  return connection;
}
