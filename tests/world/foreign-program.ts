import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

const FOREIGN = path.resolve(import.meta.dirname, "../foreign");

/** A Python program of tests/foreign: it reports in JSON lines and ends when its input does. */
export class ForeignProgram {
  readonly process: ChildProcess;
  readonly #lines: string[] = [];
  #waiting: (() => void) | null = null;

  constructor(script: string, args: readonly string[]) {
    this.process = spawn("python3", [path.join(FOREIGN, script), ...args], { stdio: ["pipe", "pipe", "inherit"] });
    if (!this.process.stdout) throw new Error("a piped program has an output");
    createInterface({ input: this.process.stdout }).on("line", (line) => {
      this.#lines.push(line);
      this.#waiting?.();
    });
    this.process.once("exit", () => this.#waiting?.());
  }

  /** The next line it prints, as JSON. Rejects when it ended without another one. */
  async next<T>(): Promise<T> {
    while (this.#lines.length === 0) {
      if (this.process.exitCode !== null) throw new Error(`${this.process.spawnargs.join(" ")} ended early`);
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    return JSON.parse(this.#lines.shift() ?? "") as T;
  }

  say(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  /** Ends its input and answers the last line it prints. */
  async end<T>(): Promise<T> {
    const exited = this.process.exitCode === null ? once(this.process, "exit") : null;
    this.process.stdin?.end();
    const report = await this.next<T>();
    await exited;
    return report;
  }

  kill(): void {
    this.process.kill("SIGKILL");
  }
}
