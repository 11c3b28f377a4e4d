import { type ChildProcess, fork } from "node:child_process";
import { childEnvironment } from "../../../child-environment.ts";
import { fromWireError, LastgoodError } from "../../../domain/errors.ts";
import type { FromWriter, ToWriter, WriteQuestion } from "./write-messages.ts";

/** What is written, by which script: one that calls `serveWriter`. */
export type WriteJob = { script: URL; question: WriteQuestion };

/** The process that writes rows into one live database, from its lock to its commit. */
export class WriteProcess<Summary> {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #settle: { resolve(message: FromWriter<Summary>): void; reject(error: Error): void } | null = null;
  readonly #early: FromWriter<Summary>[] = [];
  #over: string | null = null;

  /** @param report rows written so far, of all */
  constructor({ script, question }: WriteJob, report: (done: number, total: number) => void) {
    this.#child = fork(script, [JSON.stringify(question)], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      env: childEnvironment(),
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (message: FromWriter<Summary>) => {
      if ("report" in message) report(message.report.done, message.report.total);
      else if (this.#settle) this.#settle.resolve(message);
      else this.#early.push(message);
    });
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#over ??= how;
        this.#settle?.reject(died(how));
        resolve();
      };
      this.#child.once("error", (error) => end(error.message));
      // Not at its `exit`, which can be told before its last message is read.
      this.#child.once("close", (code, signal) => end(signal ? `ended by ${signal}` : `ended with code ${code}`));
    });
  }

  /** Resolves once all is written and waits for its commit. Throws `conflict`, `restore_conflict`, `restore_failed`. */
  async prepared(): Promise<Summary> {
    const message = await this.#next();
    if ("prepared" in message) return message.prepared;
    throw new Error("a writer first says what it has prepared");
  }

  /** From here on it commits whatever happens to this process. */
  async commit(): Promise<void> {
    const answer = this.#next();
    const order: ToWriter = { commit: true };
    this.#child.send(order, () => undefined);
    await answer;
  }

  /** Ends it and waits until it is gone, and its locks with it. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async #next(): Promise<FromWriter<Summary>> {
    const message =
      this.#early.shift() ??
      (await new Promise<FromWriter<Summary>>((resolve, reject) => {
        if (this.#over !== null) reject(died(this.#over));
        this.#settle = { resolve, reject };
      }));
    this.#settle = null;
    if ("failed" in message) throw fromWireError(message.failed);
    return message;
  }
}

function died(how: string): LastgoodError {
  return new LastgoodError("restore_failed", `The process that writes the rows ${how}.`, {
    hint: "Look at the agent's log.",
  });
}
