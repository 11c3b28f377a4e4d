import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { WriterAnswer, WriterAsk } from "./writer-messages.ts";

const CHILD = path.join(import.meta.dirname, "writer-child.ts");

/** SQLite's answer to a writer that nobody expected; `code` is SQLite's. */
export class WriterFailed extends Error {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** One process of stock SQLite connections, asked one thing after the other. */
export class WriterProcess {
  readonly #child: ChildProcess;
  #waiting: { resolve(answer: WriterAnswer): void; reject(error: Error): void } | null = null;

  constructor() {
    this.#child = fork(CHILD, [], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (message: WriterAnswer) => this.#waiting?.resolve(message));
    this.#child.on("exit", () => this.#waiting?.reject(new Error("a process of writers ended")));
  }

  async ask(message: WriterAsk): Promise<Extract<WriterAnswer, { ok: true }>> {
    const answer = await new Promise<WriterAnswer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#child.send(message, (error) => error && reject(error));
    });
    this.#waiting = null;
    if (answer.ok) return answer;
    throw new WriterFailed(answer.error, answer.code);
  }

  /** Ends it as the kernel would. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
