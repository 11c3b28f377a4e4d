import { flushCompileCache } from "node:module";
import { assert } from "../../../domain/assert.ts";
import { toWireError } from "../../../domain/errors.ts";
import { endAtOnce } from "../../../end-at-once.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { explainFileError } from "../../processes/explain-file-error.ts";
import { OtherStatePages } from "../copies/other-state-pages.ts";
import type { ContentOptions, FromContentProcess, ToContentProcess } from "./content-messages.ts";
import { PageComputation } from "./page-computation.ts";
import type { RestoredPages } from "./restored-pages.ts";

/** The process that computes the pages of one restore (`content-messages.ts`). */
let computation: RestoredPages | null = null;
/** Why the restore could not be begun: told to the first question. */
let refusal: unknown = null;
let turn: Promise<void> = Promise.resolve();
let reportedAtMs = 0;

process.on("message", (message: ToContentProcess) => {
  turn = turn.then(() => answer(message)).catch(fail);
});
process.on("disconnect", endAtOnce);
// It is ended by a signal, at which Node would not keep what it has compiled.
flushCompileCache();

async function answer(message: ToContentProcess): Promise<void> {
  if (message.ask === "begin") {
    try {
      refusal = null;
      computation?.close();
      computation = begin(message.options);
    } catch (error) {
      refusal = error;
    }
    return;
  }
  if (refusal) throw refusal;
  assert(computation, "a restore is named before anything is asked");
  if (message.ask === "check") {
    const problem = computation.check(message.txid);
    reachPoint("content.checked");
    send({ checked: { problem } });
  } else {
    send({ state: await computation[message.ask]() });
  }
}

function begin({ otherDirectory, imageFile, ...own }: ContentOptions): RestoredPages {
  const { toTxid, ...where } = own;
  if (imageFile !== null) return new OtherStatePages({ ...where, state: { imageFile } }, report);
  if (otherDirectory !== null) return new OtherStatePages({ ...where, state: { otherDirectory, toTxid } }, report);
  return new PageComputation(own, report);
}

function report(done: number, total: number): void {
  if (done < total && Date.now() - reportedAtMs < 100) return;
  reportedAtMs = Date.now();
  send({ report: { done, total } });
}

function fail(error: unknown): void {
  send({ failed: toWireError(explainFileError(error, "The pages could not be computed", "restore_failed")) });
}

function send(message: FromContentProcess): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
