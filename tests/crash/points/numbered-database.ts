import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { CommitChecker, type Findings, SAMPLED_EVERY } from "./check-commits.ts";

const WRITER = path.resolve(import.meta.dirname, "../../foreign/numbered_writer.py");
const ANSWER_WITHIN_MS = 60_000;

type Line = { ready?: true; n?: number; sha?: string | null; vacuum?: number; did?: string; check?: string };
type Told = "big" | "truncate" | "vacuum" | "pause" | "go" | "close" | "digest";

/** A database whose foreign program numbers its commits, and what its history is found to hold. */
export class NumberedDatabase {
  readonly id: string;
  readonly file: string;
  readonly historyDirectory: string;
  readonly pageSize: number;
  /** The highest number whose line has come. */
  acknowledged = 0;
  checker: CommitChecker | null = null;
  readonly #process: ChildProcess;
  readonly #findings: Findings;
  readonly #early: { number: number; sha: string | null }[] = [];
  readonly #vacuumed: number[] = [];
  readonly #waiting: ((line: Line) => void)[] = [];
  readonly #exited: Promise<unknown>;
  #isEnding = false;

  constructor(
    file: string,
    historyDirectory: string,
    options: { pageSize: number; seed: number; pauseSeconds: number },
    findings: Findings,
  ) {
    this.id = path.basename(historyDirectory);
    this.file = file;
    this.historyDirectory = historyDirectory;
    this.pageSize = options.pageSize;
    this.#findings = findings;
    const args = [
      "--page-size",
      options.pageSize,
      "--seed",
      options.seed,
      "--pause",
      options.pauseSeconds,
      "--hash-every",
      SAMPLED_EVERY,
    ];
    this.#process = spawn("python3", [WRITER, file, ...args.map(String)], { stdio: ["pipe", "pipe", "inherit"] });
    this.#exited = once(this.#process, "exit");
    void this.#exited.then(() => {
      if (!this.#isEnding) findings.halfway.push(`${this.id}: the foreign program ended by itself`);
      for (const waiting of this.#waiting.splice(0)) waiting({});
    });
    if (!this.#process.stdout) throw new Error("a piped program has an output");
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.#hear(JSON.parse(line) as Line));
  }

  /** Waits until the program has made its database. */
  async begun(): Promise<void> {
    await this.#next();
  }

  /** Has the program do something and waits until it did. */
  async tell(what: Told): Promise<Line> {
    const answer = this.#next();
    this.#process.stdin?.write(`${JSON.stringify({ do: what })}\n`);
    return answer;
  }

  /** Has the program do something, whenever it comes to it. */
  begin(what: Told): void {
    void this.tell(what);
  }

  /** Begins to follow the history, which holds its base image by now. */
  follow(): CommitChecker {
    this.checker = new CommitChecker(this.id, this.historyDirectory, this.#findings);
    for (const { number, sha } of this.#early.splice(0)) this.checker.acknowledged(number, sha);
    for (const number of this.#vacuumed.splice(0)) this.checker.vacuumed.add(number);
    return this.checker;
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    this.checker?.close();
    this.#process.stdin?.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), ANSWER_WITHIN_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  kill(): void {
    this.#isEnding = true;
    this.#process.kill("SIGKILL");
  }

  #next(): Promise<Line> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #hear(line: Line): void {
    if (line.n !== undefined) {
      this.acknowledged = line.n;
      const sha = line.sha ?? null;
      if (this.checker) this.checker.acknowledged(line.n, sha);
      else this.#early.push({ number: line.n, sha });
    } else if (line.vacuum !== undefined) {
      if (this.checker) this.checker.vacuumed.add(line.vacuum);
      else this.#vacuumed.push(line.vacuum);
    } else if (line.ready || line.did) {
      this.#waiting.shift()?.(line);
    }
  }
}
