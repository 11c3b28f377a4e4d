import type { DatabaseSync } from "node:sqlite";
import type { GiveBackConflictKind, GiveBackSummary, OnConflict } from "../../../domain/give-back.ts";
import { stoppedByConflicts } from "../../stopped-by-conflicts.ts";
import type { StagedTable } from "./staged-tables.ts";

/** By number of the table, the rows that the run left out beside those that the plan did. */
export type Skips = Record<string, number[]>;

/** Rows that meet a conflict while they are written. Those that may be skipped are left out; all others end the run. */
export class LeftOut {
  readonly #connection: DatabaseSync;
  readonly #onConflict: OnConflict;
  /** By table and row, why. */
  readonly #rows = new Map<number, Map<number, number>>();
  readonly #reasons: { kind: GiveBackConflictKind; table: string; words: string }[] = [];
  #fresh = 0;

  constructor(connection: DatabaseSync, onConflict: OnConflict) {
    this.#connection = connection;
    this.#onConflict = onConflict;
    connection.exec("CREATE TEMP TABLE skips (t INT, n INT, PRIMARY KEY (t, n)) WITHOUT ROWID");
  }

  /** SQL that holds for a row `s` of the table that is written. */
  notSkipped(table: StagedTable): string {
    return `NOT EXISTS (SELECT 1 FROM temp.skips k WHERE k.t = ${table.id} AND k.n = s.n)`;
  }

  /** Rows found in conflict since the last call of `settle`. */
  get fresh(): number {
    return this.#fresh;
  }

  add(table: StagedTable, kind: GiveBackConflictKind, words: string, numbers: readonly number[]): void {
    if (numbers.length === 0) return;
    const rows = this.#rows.get(table.id) ?? new Map<number, number>();
    this.#rows.set(table.id, rows);
    const { name } = table.shape;
    let reason = this.#reasons.findIndex((one) => one.kind === kind && one.table === name && one.words === words);
    if (reason < 0) reason = this.#reasons.push({ kind, table: name, words }) - 1;
    for (const n of numbers) {
      if (rows.has(n)) continue;
      rows.set(n, reason);
      this.#fresh++;
    }
  }

  /** Refuses what may not be skipped, and leaves the rest out from now on. Answers how many rows that were. */
  settle(): number {
    const settled = this.#fresh;
    this.#fresh = 0;
    if (settled === 0) return 0;
    const stopping = this.#reasons.filter(({ kind }) => this.#onConflict[kind] !== "skip");
    if (stopping.length > 0)
      throw stoppedByConflicts(this.summary().filter((one) => stopping.some((other) => one.words === other.words)));
    const insert = this.#connection.prepare("INSERT OR IGNORE INTO temp.skips VALUES (?, ?)");
    for (const [t, rows] of this.#rows) for (const n of rows.keys()) insert.run(t, n);
    return settled;
  }

  skips(): Skips {
    return Object.fromEntries([...this.#rows].map(([t, rows]) => [String(t), [...rows.keys()]]));
  }

  countOf(table: StagedTable): number {
    return this.#rows.get(table.id)?.size ?? 0;
  }

  summary(): GiveBackSummary["skipped"] {
    const counts = new Map<number, number>();
    for (const rows of this.#rows.values()) {
      for (const reason of rows.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    return this.#reasons.map((one, i) => ({ ...one, rows: counts.get(i) ?? 0 }));
  }
}
