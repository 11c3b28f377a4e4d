import { flushCompileCache } from "node:module";
import { setImmediate as nextTurn } from "node:timers/promises";
import { LastgoodError, toWireError } from "../../../domain/errors.ts";
import { endAtOnce } from "../../../end-at-once.ts";
import { explainFileError } from "../../processes/explain-file-error.ts";
import type { History } from "../history/open-history.ts";
import { compareMoments } from "./compare-moments.ts";
import type { DatabaseComparison } from "./database-comparison.ts";
import type { DiffCommit, DiffTask, FromDiffProcess, ToDiffProcess } from "./diff-messages.ts";
import { differencePage } from "./difference-page.ts";
import { ExpectedHistory } from "./expected-history.ts";

/** The process that compares two states of a database (`diff-messages.ts`). */
const CACHE_BYTES = 96 * 1024 * 1024;
const TURN_MS = 20;
const REPORT_EVERY_MS = 200;

const expected = new ExpectedHistory();
let comparing: Promise<DatabaseComparison> | null = null;

process.on("message", (message: ToDiffProcess) => {
  if ("expect" in message) void expected.expect(message.expect);
  else if ("begin" in message) {
    comparing = compare(message.begin);
    comparing.catch((error: unknown) => send({ failed: asWire(error) }));
  } else {
    answerRows(message).then(send, (error: unknown) => send({ refused: asWire(error), id: message.id }));
  }
});
process.on("disconnect", endAtOnce);
// It is ended by a signal, at which Node would not keep what it has compiled.
flushCompileCache();

async function compare({ historyDirectory, from: one, to: other }: DiffTask): Promise<DatabaseComparison> {
  const startedMs = performance.now();
  const durationMs = () => Math.round(performance.now() - startedMs);
  const history = expected.take(historyDirectory);
  const [from, to] = [requireCommit(history, one), requireCommit(history, other)];
  const { comparison } = compareMoments(history, from, to, { cacheBytes: CACHE_BYTES });
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

/** Another history may have been begun under the same directory. */
function requireCommit(history: History, { txid, recordTag }: DiffCommit): number {
  if (history.byTxid(txid)?.recordTag === recordTag) return txid;
  throw new LastgoodError("moment_outside_window", "One of the two moments has left the history.", {
    hint: "Choose a later moment.",
  });
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
