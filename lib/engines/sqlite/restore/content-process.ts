import { type ChildProcess, fork } from "node:child_process";
import { childEnvironment } from "../../../child-environment.ts";
import { assert } from "../../../domain/assert.ts";
import { fromWireError, LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import type { ContentOptions, ContentState, FromContentProcess, ToContentProcess } from "./content-messages.ts";

/** The process that computes the pages of a restore, once `begin` has named it; one question at a time. */
export class ContentProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #over = false;
  #task: ContentOptions | null = null;
  #waiting: { resolve(message: FromContentProcess): void; reject(error: Error): void } | null = null;
  #report: ((done: number, total: number) => void) | null = null;

  constructor() {
    this.#child = fork(new URL("./content-child.ts", import.meta.url), [], {
      env: childEnvironment(),
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (message: FromContentProcess) => this.#hear(message));
    this.#ended = new Promise((resolve) => {
      const end = () => {
        this.#over = true;
        this.#waiting?.reject(processEnded());
        this.#removeWork();
        resolve();
      };
      this.#child.once("error", end);
      this.#child.once("exit", end);
    });
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** What it works at; null before `begin`. */
  get task(): ContentOptions | null {
    return this.#task;
  }

  get isAsked(): boolean {
    return this.#waiting !== null;
  }

  /**
   * Names the restore, whose history is opened at once; what was computed for another one is dropped. The work directory is
   * made here, and goes with the task.
   */
  begin(task: ContentOptions): void {
    assert(!this.#waiting, "another restore is begun between two questions");
    this.#removeWork();
    this.#task = task;
    disk.mkdirSync(task.workDirectory, { recursive: true, mode: 0o700 });
    this.#child.send({ ask: "begin", options: task } satisfies ToContentProcess, () => undefined);
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

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async end(): Promise<void> {
    this.kill();
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

  #removeWork(): void {
    if (this.#task) disk.rmSync(this.#task.workDirectory, { recursive: true, force: true });
    this.#task = null;
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
