import { type ChildProcess, spawn } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { assert } from "../../../domain/assert.ts";
import { fromWireError, LastgoodError } from "../../../domain/errors.ts";
import type { QueryResult } from "../../engine.ts";
import type { OneJobProcess } from "../children/spare-process.ts";
import type { FromViewProcess, PastState, ToViewProcess, ViewLimits, ViewQuestion } from "./view-messages.ts";

const HEAP_MEGABYTES = 256;
/** Of all it allocates; SQLite's memory is limited besides. */
const DATA_KILOBYTES = 1024 * 1024;
const LONG_OPENING_MS = 1000;
/** Our own sources and the packages beside SQLite's, which is all that it loads. */
const PROGRAM = [
  fileURLToPath(new URL("../../../", import.meta.url)),
  fileURLToPath(new URL("../../../../package.json", import.meta.url)),
  fileURLToPath(import.meta.resolve("@sqlite.org/sqlite-wasm")).replace(/(.*\/node_modules\/).*/s, "$1"),
];

/**
 * One view process: it shows one moment and runs one question at a time. It may read histories and its own program, and write,
 * start or reach nothing (https://nodejs.org/api/permissions.html); its environment is empty.
 */
export class ViewProcess implements OneJobProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  /** Resolves once it takes questions, or has ended. */
  readonly started: Promise<void>;
  #over: string | null = null;
  #asked: { resolve(message: FromViewProcess): void; reject(error: Error): void } | null = null;
  #errorText = "";
  #state: PastState | null = null;
  #opening = 0;
  /** Not before it has started: whoever is starting is not faster than another one that starts. */
  #openingSinceMs = Number.POSITIVE_INFINITY;
  #isReady = false;

  /** @param historyRoot the folder that holds all histories */
  constructor(historyRoot: string, limits: ViewLimits) {
    const script = new URL("./view-child.ts", import.meta.url).pathname;
    const compileCache = getCompileCacheDir();
    const node = [
      process.execPath,
      `--max-old-space-size=${HEAP_MEGABYTES}`,
      "--disable-warning=ExperimentalWarning",
      "--permission",
      ...[historyRoot, ...PROGRAM].map((place) => `--allow-fs-read=${place}`),
    ];
    // The shell is only there to set the limit; what it runs is passed as arguments, never as text.
    this.#child = spawn(
      "/bin/sh",
      ["-c", `ulimit -d ${DATA_KILOBYTES}; exec "$@"`, "sh", ...node, script, JSON.stringify(limits)],
      {
        env: {
          NODE_ENV: "production",
          // Half of a start is otherwise spent on reading the sources anew. Node's own folder in it names its version.
          ...(compileCache && { NODE_COMPILE_CACHE: path.dirname(compileCache) }),
        },
        stdio: ["ignore", "ignore", "pipe", "ipc"],
        serialization: "advanced",
      },
    );
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errorText = (this.#errorText + text).slice(-2000);
    });
    let isReady: () => void = () => undefined;
    this.started = new Promise((resolve) => {
      isReady = resolve;
    });
    this.#child.on("message", (message: FromViewProcess) => {
      if ("ready" in message) {
        this.#isReady = true;
        this.#openingSinceMs = performance.now();
        isReady();
      }
      if ("opened" in message) this.#opening--;
      if ("done" in message || "failed" in message) this.#asked?.resolve(message);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => this.#end(`it could not be started (${error.message})`, resolve));
      // Not at its `exit`, which can be told before its last answer is read.
      this.#child.once("close", (code, signal) => this.#end(describeEnd(code, signal, this.#errorText), resolve));
    });
    void this.#ended.then(isReady);
  }

  get isOver(): boolean {
    return this.#over !== null;
  }

  /** Whether it is held up for long by opening another moment than this one: then a start is faster. */
  isHeldUp(state: PastState): boolean {
    const isOpening = this.#opening > 0 && !isSame(this.#state, state);
    return isOpening && performance.now() - this.#openingSinceMs > LONG_OPENING_MS;
  }

  /** Shows this moment from now on; whether it can be shown is told to the next question. */
  show(state: PastState): void {
    if (isSame(this.#state, state)) return;
    this.#state = state;
    this.#opening++;
    if (this.#isReady) this.#openingSinceMs = performance.now();
    this.#send({ open: state });
  }

  /** Throws what the SQL or the history was refused with, or `query_cancelled` when the process died. */
  async ask(question: ViewQuestion): Promise<QueryResult[]> {
    assert(!this.#asked, "one question at a time");
    try {
      const message = await new Promise<FromViewProcess>((resolve, reject) => {
        this.#asked = { resolve, reject };
        if (this.#over !== null) reject(died(this.#over));
        else this.#send({ ask: question });
      });
      if ("failed" in message) throw fromWireError(message.failed);
      assert("done" in message, "a question is answered with its results");
      return message.done.results;
    } finally {
      this.#asked = null;
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Kills it and waits until it is gone. */
  async end(): Promise<void> {
    this.kill();
    await this.#ended;
  }

  #send(message: ToViewProcess): void {
    // A channel that closed meanwhile is followed by `close`, which tells the one who waits.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #end(reason: string, resolve: () => void): void {
    this.#over = reason;
    this.#asked?.reject(died(reason));
    resolve();
  }
}

function isSame(one: PastState | null, other: PastState): boolean {
  return one !== null && one.historyDirectory === other.historyDirectory && one.txid === other.txid;
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null, errorText: string): string {
  if (/out of memory|bad_alloc|heap limit/i.test(errorText)) return "it needed too much memory";
  const said = errorText.split("\n").find((line) => /error/i.test(line));
  return `${signal ? `it was ended by ${signal}` : `it ended with code ${code}`}${said ? ` (${said.trim()})` : ""}`;
}

function died(reason: string): LastgoodError {
  return new LastgoodError("query_cancelled", `The process that read the moment died: ${reason}.`, {
    hint: "Nothing was changed. Repeat the query; select less when it needs much memory.",
    retryAfterSeconds: 1,
  });
}
