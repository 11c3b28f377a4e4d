import { flushCompileCache } from "node:module";
import { setImmediate as nextTurn } from "node:timers/promises";
import { LastgoodError, toWireError } from "../../../domain/errors.ts";
import type { PageSource } from "../../engine.ts";
import { explainFileError } from "../explain-file-error.ts";
import { type History, openHistory } from "../history/open-history.ts";
import type { PageSet } from "../history/page-set.ts";
import { openPast } from "../past/open-past.ts";
import { DatabaseComparison } from "./database-comparison.ts";
import type { DiffCommit, DiffTask, FromDiffProcess, ToDiffProcess } from "./diff-messages.ts";
import { differencePage } from "./difference-page.ts";
import { rehearse } from "./rehearse.ts";

/** The process that compares two states of a database (`diff-messages.ts`). */
const CACHE_BYTES = 48 * 1024 * 1024;
const TURN_MS = 20;
const REPORT_EVERY_MS = 200;
const REHEARSE_AFTER_MS = 300;

let comparing: Promise<DatabaseComparison> | null = null;

process.on("message", (message: ToDiffProcess) => {
  if ("begin" in message) {
    comparing = compare(message.begin);
    comparing.catch((error: unknown) => send({ failed: asWire(error) }));
  } else {
    answerRows(message).then(send, (error: unknown) => send({ refused: asWire(error), id: message.id }));
  }
});
process.on("disconnect", () => process.exit(0));
// A spare has time to get ready in earnest.
setTimeout(() => comparing ?? rehearse(), REHEARSE_AFTER_MS).unref();
// It is ended by a signal, at which Node would not keep what it has compiled.
flushCompileCache();

async function compare({ historyDirectory, from: one, to: other }: DiffTask): Promise<DatabaseComparison> {
  const startedMs = performance.now();
  const durationMs = () => Math.round(performance.now() - startedMs);
  const history = openHistory(historyDirectory);
  const [from, to] = [openState(history, one), openState(history, other)];
  const comparison = new DatabaseComparison(from, to, touchedBetween(history, one.txid, other.txid));
  let reportedMs = performance.now();
  await inTurns(comparison.run(), () => {
    if (performance.now() - reportedMs < REPORT_EVERY_MS) return;
    reportedMs = performance.now();
    send({ compared: comparison.compared, durationMs: durationMs() });
  });
  send({ compared: comparison.compared, durationMs: durationMs() });
  return comparison;
}

async function answerRows({ rows: query, id }: Extract<ToDiffProcess, { rows: unknown }>): Promise<FromDiffProcess> {
  if (!comparing) throw new Error("rows are asked for once there is a task");
  return { rows: await inTurns(differencePage(await comparing, query)), id };
}

function openState(history: History, { txid, recordTag }: DiffCommit): PageSource {
  if (history.byTxid(txid)?.recordTag === recordTag) return openPast(history, txid, { cacheBytes: CACHE_BYTES });
  throw new LastgoodError("moment_outside_window", "One of the two moments has left the history.", {
    hint: "Choose a later moment.",
  });
}

/** Null where damage keeps the history from telling: then all pages are compared. */
function touchedBetween(history: History, oneTxid: number, otherTxid: number): PageSet | null {
  try {
    return history.pagesTouched(Math.min(oneTxid, otherTxid) + 1, Math.max(oneTxid, otherTxid));
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "history_damaged") return null;
    throw error;
  }
}

/** Lets others use this thread every few milliseconds. */
async function inTurns<Result>(work: Generator<void, Result>, turned: () => void = () => undefined): Promise<Result> {
  for (let turnMs = performance.now(); ; ) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - turnMs < TURN_MS) continue;
    turned();
    await nextTurn();
    turnMs = performance.now();
  }
}

function asWire(error: unknown) {
  return toWireError(explainFileError(error, "The two moments could not be compared", "internal"));
}

function send(message: FromDiffProcess): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
