import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { GiveBackConflictKind } from "../../../domain/give-back.ts";
import type { Text } from "../look/server-session.ts";

/**
 * One chosen row. Values are in the order of the table's common columns, null where there is no such row. `c` is set where it cannot
 * simply be written: a number in the plan's list of conflicts.
 */
export type StagedRow = { t: number; key: string[]; now: Text[] | null; past: Text[] | null; c: number | null };

/** One table as it was staged: what the run needs to know, beside the rows. */
export type StagedTable = {
  name: string;
  /** Columns that are written: those of both moments that are not generated. */
  columns: string[];
  signature: string;
};
export type StagedConflict = { kind: GiveBackConflictKind; table: number; words: string };
/** The first line of a file of rows. */
export type StagedHead = { version: 1; tables: StagedTable[]; conflicts: StagedConflict[] };

/** Writes rows one a line, never more than the disk takes at once. */
export class RowFileWriter {
  readonly #stream: WriteStream;
  readonly #hash = createHash("sha256");

  constructor(file: string) {
    this.#stream = createWriteStream(file, { mode: 0o600 });
    // Whatever it is, the next write or the end throws it.
    this.#stream.on("error", () => undefined);
  }

  async write(value: StagedRow | StagedHead): Promise<void> {
    const line = `${JSON.stringify(value)}\n`;
    this.#hash.update(line);
    if (this.#stream.errored) throw this.#stream.errored;
    if (!this.#stream.write(line)) await once(this.#stream, "drain");
  }

  /** Answers the SHA-256 of all of it, in hex. */
  async end(): Promise<string> {
    if (this.#stream.errored) throw this.#stream.errored;
    this.#stream.end();
    await once(this.#stream, "finish");
    return this.#hash.digest("hex");
  }
}

/** The rows of a file, a few at a time. */
export async function* readRows(file: string, size: number): AsyncGenerator<StagedRow[]> {
  let batch: StagedRow[] = [];
  for await (const line of lines(file)) {
    const value = JSON.parse(line) as StagedRow | StagedHead;
    if ("version" in value) continue;
    batch.push(value);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

export async function readHead(file: string): Promise<StagedHead> {
  for await (const line of lines(file)) return JSON.parse(line) as StagedHead;
  throw new Error("a file of rows begins with what they are");
}

function lines(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
}
