import { copyFileSync, existsSync, rmSync } from "node:fs";
import path from "node:path";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { Heard } from "./heard.ts";
import { LineProgram } from "./line-program.ts";

/** How its writer commits: with SQLite's synchronous=FULL or NORMAL, or through Lastgood. */
export type DatabaseKind = "FULL" | "NORMAL" | "hosted";

/** What SQLite finds in a database; see state_reader.py. */
export type FoundState = { counter: number | null; digest: string; check: string; error?: string };

/** One database that is written while the power is cut, and what was heard about it. */
export class PowerDatabase {
  readonly db: ProtectedDatabase;
  readonly kind: DatabaseKind;
  readonly historyDirectory: string;
  readonly heard = new Heard();
  /** Whether its protection was told done: from then on it must stay registered. */
  isProtected = false;
  /** What SQLite alone made of the files after the last cut. */
  survived: FoundState | null = null;
  /** Gaps that were counted already. */
  gaps = 0;
  /** Bookmarks that were found in the history, and the number that their state holds. */
  readonly restorable = new Map<Bookmark, number>();
  /** SHA-1 of each state that was compared with the witness: from then on it must stay the same. */
  readonly compared = new Map<Bookmark, string>();
  #writer: LineProgram | null = null;
  #answered: (() => void) | null = null;
  readonly #seed: string;

  constructor(db: ProtectedDatabase, kind: DatabaseKind, historyDirectory: string, seed: string) {
    this.db = db;
    this.kind = kind;
    this.historyDirectory = historyDirectory;
    this.#seed = seed;
  }

  /** The foreign program that writes it; none for one that Lastgood hosts. */
  get writer(): LineProgram | null {
    return this.#writer;
  }

  async startWriter(fillBytes = 0): Promise<void> {
    if (this.kind === "hosted" || (this.#writer && !this.#writer.isOver)) return;
    const args = [this.db.path, "--sync", this.kind, "--seed", this.#seed, "--fill", String(fillBytes)];
    const answered = this.#nextAnswer();
    this.#writer = LineProgram.python("power_writer.py", args, (line) => this.#hear(line as Record<string, unknown>));
    await answered;
  }

  /** Commits follow from here on. */
  go(): void {
    this.#writer?.tell(`go ${this.heard.highest + 1}`);
  }

  /** Its writer stops after the commit under way. */
  async hold(): Promise<void> {
    if (!this.#writer) return;
    const answered = this.#nextAnswer();
    this.#writer.tell("hold");
    await answered;
  }

  /** The files as they lie there, read by SQLite from a copy: nothing of ours has touched them since the cut. */
  async lookAlone(reader: LineProgram, folder: string): Promise<void> {
    const copy = path.join(folder, "alone.db");
    for (const ending of ["", "-wal", "-shm"]) {
      rmSync(copy + ending, { force: true });
      if (ending !== "-shm" && existsSync(this.db.path + ending)) copyFileSync(this.db.path + ending, copy + ending);
    }
    if (existsSync(copy)) this.survived = await reader.ask<FoundState>({ path: copy, immutable: false });
  }

  /** A line of engine-driver.ts. */
  hearDriver(line: Record<string, unknown>): void {
    const { heard } = this;
    const bookmarkIn = (name: string) => (typeof line[name] === "string" ? (line[name] as Bookmark) : null);
    heard.hear(line);
    const [protectedAt, hosted, restoredAt] = ["protected", "bookmark", "restoreBookmark"].map(bookmarkIn);
    if (protectedAt) {
      this.isProtected = true;
      heard.tell(protectedAt, 0);
    }
    if (hosted && typeof line.ack === "number") heard.tell(hosted, line.ack, line.ack);
    if ("restored" in line) heard.restoreDone(restoredAt ?? null);
    if (typeof line.registered === "number") heard.windowDays = line.registered;
    if ("failed" in line) heard.failures.push(`${line.failed}: ${line.code} ${line.message}`);
  }

  #hear(line: Record<string, unknown>): void {
    if ("ready" in line || "held" in line) this.#answered?.();
    this.heard.hear(line);
  }

  #nextAnswer(): Promise<void> {
    return new Promise((resolve) => {
      this.#answered = resolve;
    });
  }
}
