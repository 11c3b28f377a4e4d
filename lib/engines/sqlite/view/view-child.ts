import { flushCompileCache } from "node:module";
import { assert } from "../../../domain/assert.ts";
import { LastgoodError, toWireError } from "../../../domain/errors.ts";
import { endAtOnce } from "../../../end-at-once.ts";
import type { PageSource } from "../../engine.ts";
import { explainFileError } from "../../processes/explain-file-error.ts";
import { type History, openHistory } from "../history/open-history.ts";
import { openPast } from "../past/open-past.ts";
import { rehearse } from "./rehearse.ts";
import { ViewConnection } from "./view-connection.ts";
import type { FromViewProcess, PastState, ToViewProcess, ViewLimits } from "./view-messages.ts";
import { loadWasmSqlite } from "./wasm-sqlite.ts";

/** The process that runs people's SQL on one moment of the past (`view-messages.ts`). It is killed to cancel. */
const limits: ViewLimits = JSON.parse(process.argv[2] ?? "{}");
const sqlite = await loadWasmSqlite(limits.memoryBytes);
const connection = new ViewConnection(sqlite, limits);
rehearse(sqlite, connection);

let history: History | null = null;
let source: PageSource | null = null;
/** Why the moment could not be opened: told to the question that comes next. */
let refusal: unknown = null;

process.on("message", (message: ToViewProcess) => {
  try {
    if ("open" in message) {
      refusal = null;
      open(message.open);
      return;
    }
    if (refusal) throw refusal;
    assert(source, "a moment is opened before anything is asked");
    send({ done: { results: connection.run(message.ask) } });
  } catch (error) {
    if ("open" in message) refusal = error;
    else fail(error);
  }
  if ("open" in message) send({ opened: true });
});
process.on("disconnect", endAtOnce);
flushCompileCache();
send({ ready: true });

function open({ historyDirectory, txid }: PastState): void {
  connection.close();
  source?.close();
  source = null;
  if (history?.directory === historyDirectory) history.refresh();
  else {
    history?.close();
    history = null;
    history = openHistory(historyDirectory);
  }
  source = openPast(history, txid);
  connection.open(source);
}

function fail(error: unknown): void {
  const known =
    error instanceof LastgoodError ? error : explainFileError(error, "The moment cannot be read", "internal");
  send({ failed: toWireError(known) });
}

function send(message: FromViewProcess): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
