import pg from "pg";
import { LastgoodError } from "../../../domain/errors.ts";
import type { GiveBackConflictKind, GiveBackSummary, OnConflict } from "../../../domain/give-back.ts";
import { stoppedByConflicts } from "../../stopped-by-conflicts.ts";
import { quoteName, type ServerSession, type Text } from "../look/server-session.ts";
import { readTableForms } from "../look/table-forms.ts";
import { type LiveTable, readLiveTable, triggerSql } from "./live-table.ts";
import { rowsByKey } from "./look-up.ts";
import { isSame } from "./plan-rows.ts";
import { readHead, readRows, type StagedHead, type StagedRow } from "./staged-rows.ts";

type Table = { number: number; name: string; columns: string[]; live: LiveTable };
type Step = "delete" | "update" | "insert";

const BATCH = 500;
/** A row may need another one of its table that comes behind it. */
const MOST_ROUNDS = 50;

/**
 * Writes chosen rows within the transaction that is open on the live database, and checks them; committing is left to the caller.
 * Rows in whose way something is are left out where that was allowed; all others end the run with `conflict`.
 */
export class RowWriter {
  readonly #session: ServerSession;
  readonly #file: string;
  readonly #onConflict: OnConflict;
  readonly #report: (done: number, total: number) => void;
  readonly #skipped: { kind: GiveBackConflictKind; table: string; rows: number; words: string }[] = [];
  #tables: Table[] = [];
  #total = 0;
  #done = 0;

  constructor(
    session: ServerSession,
    file: string,
    onConflict: OnConflict,
    report: (done: number, total: number) => void,
  ) {
    this.#session = session;
    this.#file = file;
    this.#onConflict = onConflict;
    this.#report = report;
  }

  async write(): Promise<GiveBackSummary> {
    const head = await readHead(this.#file);
    await this.#open(head);
    const counts = this.#tables.map(({ name }) => ({ name, inserted: 0, setBack: 0, removed: 0, skipped: 0 }));
    const skip = (row: Pick<StagedRow, "t">, kind: GiveBackConflictKind, words: string) => {
      const table = this.#tables[row.t];
      const count = counts[row.t];
      if (!table || !count) throw new Error("a row is of a table of the plan");
      count.skipped++;
      this.#skip(kind, table.name, words);
    };
    for await (const rows of readRows(this.#file, BATCH)) {
      this.#total += rows.length;
      for (const { c, t } of rows) {
        const conflict = c === null ? null : head.conflicts[c];
        if (conflict) skip({ t }, conflict.kind, conflict.words);
      }
    }
    this.#stop();
    for (const step of ["delete", "update", "insert"] as const) {
      for (const table of this.#inOrder(step)) await this.#writeTable(table, step, skip, counts);
    }
    this.#stop();
    await this.#session.run("SET CONSTRAINTS ALL IMMEDIATE").catch((error: unknown) => {
      const refusal = refusalOf(error, "insert");
      if (!refusal) throw error;
      throw stoppedByConflicts([{ ...refusal, table: this.#tables[0]?.name ?? "", rows: 1 }]);
    });
    for (const { live } of this.#tables) for (const sql of triggerSql(live, "back")) await this.#session.run(sql);
    const written = counts.reduce((sum, one) => sum + one.inserted + one.setBack + one.removed, 0);
    return { tables: counts, rows: written, skipped: this.#skipped };
  }

  /** The tables must still be what the plan saw. From here on nobody else writes them until the transaction ends. */
  async #open(head: StagedHead): Promise<void> {
    const session = this.#session;
    for (const { name } of head.tables) {
      const form = (await readTableForms(session)).find((one) => one.name === name);
      if (!form) throw tableChanged(name);
      await session.run(`LOCK TABLE ONLY ${form.sql} IN SHARE ROW EXCLUSIVE MODE`);
    }
    const forms = await readTableForms(session);
    for (const [number, { name, columns, signature }] of head.tables.entries()) {
      const form = forms.find((one) => one.name === name);
      const live = form && (await readLiveTable(session, form));
      if (!live || live.signature !== signature) throw tableChanged(name);
      this.#tables.push({ number, name, columns, live });
    }
    for (const { live } of this.#tables) for (const sql of triggerSql(live, "away")) await session.run(sql);
  }

  /** What others refer to first; where that goes in a circle in any order. For removing the other way round. */
  #inOrder(step: Step): Table[] {
    const ordered: Table[] = [];
    const visit = (table: Table, path: readonly Table[]) => {
      if (ordered.includes(table) || path.includes(table)) return;
      for (const { parent } of table.live.references) {
        const other = this.#tables.find(({ name }) => name === parent);
        if (other) visit(other, [...path, table]);
      }
      ordered.push(table);
    };
    for (const table of this.#tables) visit(table, []);
    return step === "delete" ? ordered.reverse() : ordered;
  }

  async #writeTable(
    table: Table,
    step: Step,
    skip: (row: StagedRow, kind: GiveBackConflictKind, words: string) => void,
    counts: GiveBackSummary["tables"],
  ): Promise<void> {
    let waiting: { row: StagedRow; refusal: Refusal }[] = [];
    const count = counts[table.number];
    if (!count) throw new Error("each table is counted");
    const field = ({ delete: "removed", update: "setBack", insert: "inserted" } as const)[step];
    const attempt = async (rows: StagedRow[]) => {
      count[field] += await this.#tryRows(table, step, rows, (row, refusal) => waiting.push({ row, refusal }));
    };
    for await (const rows of readRows(this.#file, BATCH)) {
      const own = rows.filter((row) => row.t === table.number && row.c === null && stepOf(row) === step);
      if (own.length === 0) continue;
      const now = await rowsByKey(
        this.#session,
        table.live.form,
        own.map(({ key }) => key),
        table.columns,
      );
      const same = own.filter((row, i) => isSame(row.now, now[i] ?? null));
      for (const row of own)
        if (!same.includes(row)) skip(row, "changed-since", "It was changed since the plan was made.");
      await attempt(same);
      this.#done += own.length;
      this.#report(this.#done, this.#total);
    }
    for (let round = 0; waiting.length > 0 && round < MOST_ROUNDS; round++) {
      const again = waiting;
      waiting = [];
      for (const { row } of again) await attempt([row]);
      if (waiting.length === again.length) break;
    }
    for (const { row, refusal } of waiting) skip(row, refusal.kind, refusal.words);
  }

  /** Writes rows together; where PostgreSQL refuses them, each half by itself, down to the rows that it refuses. Answers how many it wrote. */
  async #tryRows(
    table: Table,
    step: Step,
    rows: StagedRow[],
    refused: (row: StagedRow, refusal: Refusal) => void,
  ): Promise<number> {
    const [first] = rows;
    if (!first) return 0;
    const session = this.#session;
    await session.run("SAVEPOINT lastgood_rows");
    try {
      await this.#put(table, step, rows);
      const reached = await rowsByKey(
        session,
        table.live.form,
        rows.map(({ key }) => key),
        table.columns,
      );
      if (rows.some((row, i) => !isSame(row.past, reached[i] ?? null))) throw new OtherValue();
      await session.run("RELEASE SAVEPOINT lastgood_rows");
      return rows.length;
    } catch (error) {
      const refusal = refusalOf(error, step);
      if (!refusal) throw error;
      await session.run("ROLLBACK TO SAVEPOINT lastgood_rows; RELEASE SAVEPOINT lastgood_rows");
      if (rows.length === 1) {
        refused(first, refusal);
        return 0;
      }
      const half = Math.ceil(rows.length / 2);
      const one = await this.#tryRows(table, step, rows.slice(0, half), refused);
      return one + (await this.#tryRows(table, step, rows.slice(half), refused));
    }
  }

  async #put({ columns, live: { form } }: Table, step: Step, rows: readonly StagedRow[]): Promise<void> {
    const typeOf = (name: string) => form.columns.find((one) => one.name === name)?.type ?? "text";
    const keys = form.key?.columns ?? [];
    const keyLists = keys.map((_, i) => rows.map(({ key }) => key[i] ?? null));
    const values: Text[][] = columns.map((_, i) => rows.map(({ past }) => past?.[i] ?? null));
    const same = keys.map(
      (name, i) => `t.${quoteName(name)} ${form.key?.operators[i]} CAST(o.k${i} AS ${typeOf(name)})`,
    );
    const parameters = (count: number) =>
      Array.from({ length: count }, (_, i) => `$${i + 1}::pg_catalog.text[]`).join(", ");
    const keyNames = keys.map((_, i) => `k${i}`);
    const valueNames = columns.map((_, i) => `v${i}`);
    if (step === "delete") {
      const from = `unnest(${parameters(keys.length)}) AS o(${keyNames.join(", ")})`;
      await this.#session.run(`DELETE FROM ONLY ${form.sql} t USING ${from} WHERE ${same.join(" AND ")}`, keyLists);
      return;
    }
    const names = [...keyNames, ...valueNames];
    const from = `unnest(${parameters(names.length)}) AS o(${names.join(", ")})`;
    if (step === "update") {
      const isIdentity = (name: string) => form.columns.some((one) => one.name === name && one.isIdentity);
      const set = columns
        .map((name, i) => ({ name, sql: `${quoteName(name)} = CAST(o.v${i} AS ${typeOf(name)})` }))
        // What names the row stays, and a number that is given by itself could not be set.
        .filter(({ name }) => !keys.includes(name) && !isIdentity(name));
      if (set.length === 0) return;
      const sql = `UPDATE ONLY ${form.sql} t SET ${set.map((one) => one.sql).join(", ")} FROM ${from} WHERE ${same.join(" AND ")}`;
      await this.#session.run(sql, [...keyLists, ...values]);
      return;
    }
    const sql = `INSERT INTO ${form.sql} (${columns.map(quoteName).join(", ")}) OVERRIDING SYSTEM VALUE
      SELECT ${columns.map((name, i) => `CAST(o.v${i} AS ${typeOf(name)})`).join(", ")} FROM ${from}`;
    await this.#session.run(sql, [...keyLists, ...values]);
  }

  #skip(kind: GiveBackConflictKind, table: string, words: string): void {
    const known = this.#skipped.find((one) => one.kind === kind && one.table === table && one.words === words);
    if (known) known.rows++;
    else this.#skipped.push({ kind, table, rows: 1, words });
  }

  /** Ends the run where something is in the way that may not be skipped. */
  #stop(): void {
    const stopping = this.#skipped.filter(({ kind }) => this.#onConflict[kind] !== "skip");
    if (stopping.length > 0) throw stoppedByConflicts(stopping);
  }
}

type Refusal = { kind: GiveBackConflictKind; words: string };

/** A value that is another one once it is stored. */
class OtherValue extends Error {}

function stepOf({ now, past }: StagedRow): Step {
  if (past === null) return "delete";
  return now === null ? "insert" : "update";
}

/** Which conflict it is that PostgreSQL refuses rows for; null when it is none. https://www.postgresql.org/docs/current/errcodes-appendix.html */
function refusalOf(error: unknown, step: Step): Refusal | null {
  if (error instanceof OtherValue)
    return { kind: "rule-broken", words: "Today's columns would store it as another value." };
  if (!(error instanceof pg.DatabaseError)) return null;
  const { code = "", message } = error;
  if (code === "23505" || code === "23P01")
    return { kind: "key-taken", words: `Another row has its unique value: ${message}.` };
  if (code === "23503") {
    return step === "insert" || /insert or update/.test(message)
      ? { kind: "parent-missing", words: `What it refers to is not there: ${message}.` }
      : { kind: "still-referenced", words: `Other rows refer to it: ${message}.` };
  }
  if (code.startsWith("23") || code.startsWith("22") || code === "428C9") {
    return { kind: "rule-broken", words: `Today's table forbids it: ${message}.` };
  }
  return code === "42501" ? { kind: "table-refused", words: `Lastgood's role may not write it: ${message}.` } : null;
}

function tableChanged(name: string): LastgoodError {
  return new LastgoodError("conflict", `The table ${name} was changed since the plan was made.`, {
    hint: "Nothing was changed. Look at the new plan and confirm again.",
    outcome: "nothing",
  });
}
