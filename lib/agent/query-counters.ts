import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Logger } from "pino";
import { z } from "zod";
import type { QueryResult, ScriptAnswer } from "../engines/engine.ts";
import type { QueryCounts } from "./protocol.ts";

const HOUR_MS = 3_600_000;
const KEPT_HOURS = 26;
const SAVE_EVERY_MS = 30_000;

const hourSchema = z.tuple([z.number(), z.number(), z.number(), z.number()]);
/** By database, by the hour's beginning in Unix milliseconds. */
const fileSchema = z.record(z.string(), z.record(z.string(), hourSchema));
type Hour = z.infer<typeof hourSchema>;

/**
 * Counts what runs on hosted databases, by the hour and for about a day. Kept in a file, so that a restart does not begin at
 * zero; a crash loses at most half a minute of it. Nothing goes by these numbers, people read them.
 */
export class QueryCounters {
  readonly #file: string;
  readonly #log: Logger;
  readonly #hours: Map<string, Map<number, Hour>>;
  readonly #timer: NodeJS.Timeout;
  #changed = false;

  constructor(file: string, log: Logger) {
    this.#file = file;
    this.#log = log;
    this.#hours = this.#load();
    this.#timer = setInterval(() => this.#save(), SAVE_EVERY_MS);
    this.#timer.unref();
  }

  /** A statement that changed something is a write query, every other one a read query. */
  add(databaseId: string, results: readonly QueryResult[], atMs = Date.now()): void {
    const counted = this.#hourOf(databaseId, atMs);
    for (const { meta } of results) {
      counted[meta.changedDb ? 1 : 0]++;
      counted[2] += meta.rowsRead;
      counted[3] += meta.rowsWritten;
    }
  }

  /** The statements of a file that was run. */
  addScript(databaseId: string, { statements, writes, meta }: ScriptAnswer, atMs = Date.now()): void {
    const counted = this.#hourOf(databaseId, atMs);
    counted[0] += statements - writes;
    counted[1] += writes;
    counted[2] += meta.rowsRead;
    counted[3] += meta.rowsWritten;
  }

  /** What is counted in an hour; whoever asks changes it. */
  #hourOf(databaseId: string, atMs: number): Hour {
    const hours = this.#hours.get(databaseId) ?? new Map<number, Hour>();
    this.#hours.set(databaseId, hours);
    const begin = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    const counted: Hour = hours.get(begin) ?? [0, 0, 0, 0];
    hours.set(begin, counted);
    this.#changed = true;
    return counted;
  }

  /** What was counted in the hours that [fromMs, toMs] touches. */
  read(databaseId: string, fromMs: number, toMs: number): QueryCounts {
    const sum = { readQueries: 0, writeQueries: 0, rowsRead: 0, rowsWritten: 0 };
    for (const [begin, [reads, writes, rowsRead, rowsWritten]] of this.#hours.get(databaseId) ?? []) {
      if (begin + HOUR_MS <= fromMs || begin > toMs) continue;
      sum.readQueries += reads;
      sum.writeQueries += writes;
      sum.rowsRead += rowsRead;
      sum.rowsWritten += rowsWritten;
    }
    return sum;
  }

  end(): void {
    clearInterval(this.#timer);
    this.#save();
  }

  #load(): Map<string, Map<number, Hour>> {
    try {
      const stored = fileSchema.parse(JSON.parse(readFileSync(this.#file, "utf8")));
      const entries = Object.entries(stored).map(
        ([id, hours]) => [id, new Map(Object.entries(hours).map(([begin, hour]) => [Number(begin), hour]))] as const,
      );
      return new Map(entries);
    } catch (error) {
      const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isAbsent) this.#log.warn({ err: error }, "the counts of queries begin anew: their file cannot be read");
      return new Map();
    }
  }

  #save(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const oldest = Date.now() - KEPT_HOURS * HOUR_MS;
    for (const [id, hours] of this.#hours) {
      for (const begin of hours.keys()) if (begin < oldest) hours.delete(begin);
      if (hours.size === 0) this.#hours.delete(id);
    }
    const stored = Object.fromEntries([...this.#hours].map(([id, hours]) => [id, Object.fromEntries(hours)]));
    try {
      writeFileSync(`${this.#file}.part`, JSON.stringify(stored), { mode: 0o600 });
      renameSync(`${this.#file}.part`, this.#file);
    } catch (error) {
      this.#log.warn({ err: error }, "the counts of queries could not be written");
    }
  }
}
