import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

let interpreter: string | null = null;

/** The interpreter itself: what finds it by a wrapper takes longer than most of our programs run. */
export function pythonPath(): string {
  interpreter ??= execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
  return interpreter;
}

/**
 * A program in a process group of its own that is told things by lines and tells things by JSON lines. Whatever it had
 * written before it was killed is still heard: `silent` resolves once there is no more. It ends with its input.
 */
export class LineProgram {
  readonly process: ChildProcess;
  /** The process is gone and all that it told was heard. */
  readonly silent: Promise<void>;
  readonly #lines: unknown[] = [];
  readonly #hear: ((line: unknown) => void) | null;
  #waiting: (() => void) | null = null;
  #over = false;

  /** @param hear called with each line as it comes; without it `next` answers them one by one */
  constructor(
    command: string,
    args: readonly string[],
    env: Record<string, string> = {},
    hear: ((line: unknown) => void) | null = null,
  ) {
    this.#hear = hear;
    this.process = spawn(command, args, {
      detached: true,
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const { stdout, stdin } = this.process;
    if (!stdout || !stdin) throw new Error("a piped program has input and output");
    // Told to a program that has just been killed: its end is noticed elsewhere.
    stdin.on("error", () => undefined);
    const lines = createInterface({ input: stdout });
    lines.on("line", (line) => this.#take(line));
    this.silent = Promise.all([once(this.process, "exit"), once(lines, "close")]).then(() => {
      this.#over = true;
      this.#waiting?.();
    });
  }

  static python(script: string, args: readonly string[] = [], hear: ((line: unknown) => void) | null = null) {
    return new LineProgram(pythonPath(), [path.join(import.meta.dirname, script), ...args], {}, hear);
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Its process group, which its children share. */
  get group(): number {
    return this.process.pid ?? 0;
  }

  tell(what: string | object): void {
    this.process.stdin?.write(`${typeof what === "string" ? what : JSON.stringify(what)}\n`);
  }

  async ask<T>(what: object): Promise<T> {
    this.tell(what);
    return this.next<T>();
  }

  async next<T>(): Promise<T> {
    while (this.#lines.length === 0) {
      if (this.#over) throw new Error(`${this.process.spawnargs.join(" ")} has ended`);
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    return this.#lines.shift() as T;
  }

  end(): void {
    this.process.stdin?.end();
  }

  #take(text: string): void {
    // The last line of a program that was killed may be cut off: it told nothing.
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      return;
    }
    if (this.#hear) this.#hear(line);
    else this.#lines.push(line);
    this.#waiting?.();
  }
}
