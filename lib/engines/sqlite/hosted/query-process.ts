import { type ChildProcess, spawn } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import path from "node:path";
import { assert } from "../../../domain/assert.ts";
import { fromWireError, LastgoodError } from "../../../domain/errors.ts";
import type { QueryResult } from "../../engine.ts";
import type { FromQueryProcess, QueryProcessOptions, QueryText, ScriptFile, ToQueryProcess } from "./query-messages.ts";

/** Why a query did not come to its own end. `committing` means that only the history knows whether it took place. */
export class QueryProcessEnded extends Error {
  override readonly name = "QueryProcessEnded";
  readonly committing: boolean;
  /** What the query had answered, had it committed. */
  readonly results: QueryResult[] | null;

  constructor(reason: string, committing: boolean, results: QueryResult[] | null) {
    super(reason);
    this.committing = committing;
    this.results = results;
  }
}

export type QueryOutcome = { wrote: boolean; results: QueryResult[] };

const HEAP_MEGABYTES = 256;
/** SQLite is built without memory statistics here, so its own heap limit has no effect: the system has to enforce one. */
const DATA_KILOBYTES = 1024 * 1024;

/** One query process. Runs one query at a time. */
export class QueryProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  /** Resolves once it takes queries. */
  readonly started: Promise<void>;
  #over: string | null = null;
  #hear: ((message: FromQueryProcess) => void) | null = null;
  #fail: ((reason: string) => void) | null = null;
  #errorText = "";
  #busy = false;

  /** @param temporaryDirectory where SQLite sorts and vacuums */
  constructor(options: QueryProcessOptions, temporaryDirectory: string) {
    const script = new URL("./query-child.ts", import.meta.url).pathname;
    const compileCache = getCompileCacheDir();
    const node = [process.execPath, `--max-old-space-size=${HEAP_MEGABYTES}`, "--disable-warning=ExperimentalWarning"];
    // The shell is only there to set the limit; what it runs is passed as arguments, never as text.
    this.#child = spawn(
      "/bin/sh",
      ["-c", `ulimit -d ${DATA_KILOBYTES}; exec "$@"`, "sh", ...node, script, JSON.stringify(options)],
      {
        env: {
          NODE_ENV: "production",
          SQLITE_TMPDIR: temporaryDirectory,
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
    this.#child.on("message", (message: FromQueryProcess) => this.#hear?.(message));
    this.started = new Promise((resolve, reject) => {
      this.#hear = () => resolve();
      this.#fail = (reason) => reject(new QueryProcessEnded(reason, false, null));
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => this.#end(`it could not be started (${error.message})`, resolve));
      this.#child.once("exit", (code, signal) => this.#end(describeExit(code, signal, this.#errorText), resolve));
    });
  }

  get over(): boolean {
    return this.#over !== null;
  }

  /**
   * Runs one query. `mayCommit` is asked once the statements of a write ran; what it throws rolls them back and is thrown
   * on. Throws the SQL's own error, or QueryProcessEnded when the process died or was killed.
   */
  run(query: QueryText | ScriptFile, mayCommit: () => Promise<void>): Promise<QueryOutcome> {
    return new Promise((resolve, reject) => {
      assert(!this.#busy, "one query at a time");
      this.#busy = true;
      let prepared: QueryResult[] | null = null;
      let committing = false;
      let refusal: { error: unknown } | null = null;
      const settle = (act: () => void) => {
        this.#hear = null;
        this.#fail = null;
        this.#busy = false;
        act();
      };
      this.#fail = (reason) => settle(() => reject(new QueryProcessEnded(reason, committing, prepared)));
      this.#hear = (message) => {
        if ("failed" in message) return settle(() => reject(fromWireError(message.failed)));
        if ("done" in message) {
          if (refusal) return settle(() => reject(refusal?.error));
          const results = message.done.results ?? prepared ?? [];
          return settle(() => resolve({ wrote: prepared !== null, results }));
        }
        if (!("prepared" in message)) return;
        prepared = message.prepared.results;
        mayCommit().then(
          () => {
            committing = true;
            this.#send({ commit: true });
          },
          (error: unknown) => {
            refusal = { error };
            this.#send({ commit: false });
          },
        );
      };
      if (this.#over !== null) this.#fail(this.#over);
      else this.#send({ run: query });
    });
  }

  /** Kills the process and waits until it is gone, and its locks with it. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #send(message: ToQueryProcess): void {
    // A channel that closed meanwhile is followed by `exit`, which tells the one who waits.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #end(reason: string, resolve: () => void): void {
    this.#over = reason;
    this.#fail?.(reason);
    resolve();
  }
}

function describeExit(code: number | null, signal: NodeJS.Signals | null, errorText: string): string {
  if (/out of memory|bad_alloc|heap limit/i.test(errorText)) return "it needed too much memory";
  return signal ? `it was ended by ${signal}` : `it ended with code ${code}`;
}

/** What people are told when the process died by itself while it ran their query, which then did not take place. */
export function queryCrashed(ended: QueryProcessEnded): LastgoodError {
  return new LastgoodError(
    "query_cancelled",
    `The process that ran the query died: ${ended.message}. Nothing was changed.`,
    {
      hint: "Repeat the query; select less when it needs much memory.",
    },
  );
}
