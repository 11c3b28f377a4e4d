import { type ChildProcess, fork } from "node:child_process";
import { assert } from "../../../domain/assert.ts";
import { fromWireError, LastgoodError } from "../../../domain/errors.ts";
import type { ContentOptions, ContentState, FromContentProcess, ToContentProcess } from "./content-messages.ts";

/** The process that computes the pages of one restore; one question at a time. */
export class ContentProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #over = false;
  #waiting: { resolve(message: FromContentProcess): void; reject(error: Error): void } | null = null;
  #report: ((done: number, total: number) => void) | null = null;

  constructor(options: ContentOptions) {
    this.#child = fork(new URL("./content-child.ts", import.meta.url), [JSON.stringify(options)], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (message: FromContentProcess) => this.#hear(message));
    this.#ended = new Promise((resolve) => {
      const end = () => {
        this.#over = true;
        this.#waiting?.reject(processEnded());
        resolve();
      };
      this.#child.once("error", end);
      this.#child.once("exit", end);
    });
  }

  /** Computes what was touched since the last time; `seal` completes the page set. */
  async state(ask: "more" | "seal" | "last", report?: (done: number, total: number) => void): Promise<ContentState> {
    this.#report = report ?? null;
    const message = await this.#ask({ ask });
    assert("state" in message, "a computation is answered with its state");
    return message.state;
  }

  /** What is wrong with the restore's own commit, or null. */
  async check(txid: number): Promise<string | null> {
    const message = await this.#ask({ ask: "check", txid });
    assert("checked" in message, "a check is answered with its outcome");
    return message.checked.problem;
  }

  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #ask(message: ToContentProcess): Promise<FromContentProcess> {
    assert(!this.#waiting, "one question at a time");
    return new Promise<FromContentProcess>((resolve, reject) => {
      if (this.#over) return reject(processEnded());
      this.#waiting = { resolve, reject };
      this.#child.send(message, () => undefined);
    }).finally(() => {
      this.#waiting = null;
    });
  }

  #hear(message: FromContentProcess): void {
    if ("report" in message) this.#report?.(message.report.done, message.report.total);
    else if ("failed" in message) this.#waiting?.reject(fromWireError(message.failed));
    else this.#waiting?.resolve(message);
  }
}

function processEnded(): LastgoodError {
  return new LastgoodError("restore_failed", "The process that computes the pages ended.", {
    hint: "Nothing was changed. Restore again; the agent's log names the cause.",
  });
}
