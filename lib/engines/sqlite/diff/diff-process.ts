import { type ChildProcess, fork } from "node:child_process";
import { childEnvironment } from "../../../child-environment.ts";
import type { DiffRows } from "../../../domain/diff.ts";
import { fromWireError, LastgoodError } from "../../../domain/errors.ts";
import type { Compared } from "./database-comparison.ts";
import type { DiffTask, FromDiffProcess, ToDiffProcess } from "./diff-messages.ts";
import type { DiffRowsQuery } from "./difference-page.ts";

const HEAP_MB = 256;
/** Pages live for a moment: with room for some thousands of them a quarter of the time is saved. */
const YOUNG_MB = 32;

export type DiffListener = { told(compared: Compared, durationMs: number): void; failed(error: LastgoodError): void };

/** A process that compares two states, once `begin` has named them. */
export class DiffProcess {
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, { resolve(rows: DiffRows): void; reject(error: Error): void }>();
  #over = false;
  #questions = 0;
  #listener: DiffListener | null = null;
  #expected: string | null = null;

  constructor() {
    this.#child = fork(new URL("./diff-child.ts", import.meta.url), [], {
      env: childEnvironment(),
      execArgv: [
        "--disable-warning=ExperimentalWarning",
        `--max-old-space-size=${HEAP_MB}`,
        `--max-semi-space-size=${YOUNG_MB}`,
      ],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (message: FromDiffProcess) => this.#hear(message));
    const end = () => this.#end(processEnded());
    this.#child.once("error", end);
    this.#child.once("exit", end);
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** It opens this history, in which its task is likely to be, and gets used to it. */
  expect(historyDirectory: string): void {
    if (this.#over || this.#expected === historyDirectory) return;
    this.#expected = historyDirectory;
    this.#child.send({ expect: historyDirectory } satisfies ToDiffProcess, () => undefined);
  }

  begin(task: DiffTask, listener: DiffListener): void {
    this.#listener = listener;
    if (this.#over) listener.failed(processEnded());
    else this.#child.send({ begin: task } satisfies ToDiffProcess, () => undefined);
  }

  /** Answers once the comparison is complete. */
  rows(query: DiffRowsQuery): Promise<DiffRows> {
    const id = ++this.#questions;
    return new Promise<DiffRows>((resolve, reject) => {
      if (this.#over) return reject(processEnded());
      this.#asked.set(id, { resolve, reject });
      this.#child.send({ rows: query, id } satisfies ToDiffProcess, () => undefined);
    });
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #hear(message: FromDiffProcess): void {
    if ("compared" in message) this.#listener?.told(message.compared, message.durationMs);
    else if ("failed" in message) this.#end(fromWireError(message.failed));
    else this.#answer(message);
  }

  #answer(message: Extract<FromDiffProcess, { id: number }>): void {
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if ("rows" in message) asked?.resolve(message.rows);
    else asked?.reject(fromWireError(message.refused));
  }

  #end(error: LastgoodError): void {
    if (this.#over) return;
    this.#over = true;
    this.kill();
    this.#listener?.failed(error);
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
  }
}

function processEnded(): LastgoodError {
  return new LastgoodError("query_cancelled", "The comparison of the two moments was ended.", {
    hint: "Ask for it again; the agent's log names the cause if it ends once more.",
    retryAfterSeconds: 2,
  });
}
