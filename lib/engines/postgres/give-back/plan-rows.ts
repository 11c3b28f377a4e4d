import { createHash } from "node:crypto";
import { LastgoodError } from "../../../domain/errors.ts";
import type {
  GiveBackKind,
  GiveBackNotice,
  GiveBackPlan,
  GiveBackSample,
  GiveBackTable,
  GiveBackTablePlan,
  RowsOrder,
} from "../../../domain/give-back.ts";
import { formatRowName, parseRowName } from "../look/row-names.ts";
import type { ServerSession, Text } from "../look/server-session.ts";
import { TableComparison } from "../look/table-comparison.ts";
import { readTableForms, type TableForm } from "../look/table-forms.ts";
import { refusalOf } from "../look/table-pair.ts";
import { ConflictList, judgeRows } from "./judge-rows.ts";
import { type LiveTable, readLiveTable } from "./live-table.ts";
import { cellOf, rowsByKey } from "./look-up.ts";
import { bringParents, type ParentCount } from "./parents.ts";
import { RowFileWriter, readRows, type StagedHead, type StagedRow } from "./staged-rows.ts";

/** `past` has the rows to give back; `left`, of an undo, what giving back left; `live` is only read here. */
export type PlanSessions = { past: ServerSession; left: ServerSession | null; live: ServerSession };

/** A table whose rows are written. */
export type PlannedTable = {
  number: number;
  name: string;
  past: TableForm;
  live: LiveTable;
  /** Columns that are written. */
  columns: string[];
  counts: {
    inserted: number;
    setBack: number;
    removed: number;
    unchanged: number;
    unknown: number;
    inConflict: number;
  };
  neededBy: string[];
  samples: GiveBackSample[];
  sampleConflicts: GiveBackSample[];
};

const BATCH = 500;
const SAMPLES = 20;
const BOTH: readonly GiveBackKind[] = ["removed", "changed"];

type Report = (done: number, total: number) => void;

/** One plan: which rows are written, what they are now and will be, and what is in their way. Changes nothing. */
export class RowPlan {
  readonly sessions: PlanSessions;
  readonly tables: PlannedTable[] = [];
  readonly conflicts = new ConflictList();
  readonly #order: RowsOrder;
  #past: TableForm[] = [];
  #live: TableForm[] = [];
  #left: TableForm[] = [];

  constructor(sessions: PlanSessions, order: RowsOrder) {
    this.sessions = sessions;
    this.#order = order;
  }

  get isUndo(): boolean {
    return this.sessions.left !== null;
  }

  /** @param file where the rows go; what was staged before conflicts were looked for lies beside it for a while */
  async make(databaseId: string, file: string, report: Report): Promise<Omit<GiveBackPlan, "from" | "estimateMs">> {
    const { past, live, left } = this.sessions;
    this.#past = await readTableForms(past);
    this.#live = await readTableForms(live);
    this.#left = left ? await readTableForms(left) : [];
    const asked: readonly GiveBackTable[] =
      this.#order.kind === "undo" ? this.#order.tables.map((name) => ({ name })) : this.#order.selection.tables;
    const staged = `${file}.staged`;
    const writer = new RowFileWriter(staged);
    const total = asked.length + 2;
    for (const [done, one] of asked.entries()) {
      report(done, total);
      await this.#choose(one, writer);
    }
    await writer.end();
    const includes = this.#order.kind === "give-back" && this.#order.selection.include.includes("parents");
    const parents = this.isUndo ? [] : await bringParents(this, staged, includes);
    report(asked.length + 1, total);
    const rowsDigest = await this.#judge(staged, file, parents);
    const order = JSON.stringify([databaseId, this.#order, this.conflicts.refused]);
    const rows = this.tables.reduce((sum, { counts: c }) => sum + c.inserted + c.setBack + c.removed, 0);
    return {
      databaseId,
      tables: this.tables.map((table) => toTablePlan(table)),
      rows,
      conflicts: this.conflicts.told(),
      notices: this.tables.flatMap((table) => this.#notices(table)),
      missingParents: parents
        .filter(({ keys }) => keys > 0 && !includes)
        .map(({ table, keys }) => ({ table, rows: keys })),
      digest: createHash("sha256").update(order).update(rowsDigest).digest("hex"),
    };
  }

  /** Whether that moment had such a table. */
  wasThere(name: string): boolean {
    return this.#past.some((form) => form.name === name);
  }

  /** The place for a table's rows, once per table; null where none of it can be written. Throws `not_found`. */
  async table(name: string): Promise<PlannedTable | null> {
    const known = this.tables.find((one) => one.name === name);
    if (known) return known;
    const past = this.#past.find((form) => form.name === name);
    if (!past) throw noTable(name);
    const live = this.#live.find((form) => form.name === name);
    if (!live) {
      this.conflicts.refuse(
        name,
        "The table is not there any more. Restore the moment to a preview, or bring the whole database back.",
      );
      return null;
    }
    const left = this.isUndo ? this.#left.find((form) => form.name === name) : past;
    const refusal =
      refusalOf({ name, here: past, there: live }) ??
      (left ? refusalOf({ name, here: past, there: left }) : "It was not there then.") ??
      (live.key ? null : "It has no primary key that would tell its rows apart.");
    if (refusal !== null) {
      this.conflicts.refuse(name, `Its rows cannot be given back one by one. ${refusal}`);
      return null;
    }
    const has = (form: TableForm | undefined, column: string) => form?.columns.some((one) => one.name === column);
    const table: PlannedTable = {
      number: this.tables.length,
      name,
      past,
      live: await readLiveTable(this.sessions.live, live),
      columns: live.columns
        .filter((column) => !column.isGenerated && has(past, column.name) && has(left, column.name))
        .map((column) => column.name),
      counts: { inserted: 0, setBack: 0, removed: 0, unchanged: 0, unknown: 0, inConflict: 0 },
      neededBy: [],
      samples: [],
      sampleConflicts: [],
    };
    this.tables.push(table);
    return table;
  }

  /** Stages rows of a table by their keys; answers how many of them are to be written. */
  async stage(
    table: PlannedTable,
    keys: string[][],
    kinds: readonly GiveBackKind[],
    writer: RowFileWriter,
  ): Promise<number> {
    const { past, left, live } = this.sessions;
    const then = await rowsByKey(past, table.past, keys, table.columns);
    const now = await rowsByKey(live, table.live.form, keys, table.columns);
    const reached = left
      ? await rowsByKey(left, this.#left.find(({ name }) => name === table.name) ?? table.past, keys, table.columns)
      : null;
    let written = 0;
    for (const [i, key] of keys.entries()) {
      const [was, is] = [then[i] ?? null, now[i] ?? null];
      if (reached) {
        const isUndone = isSame(is, was);
        if (isUndone) table.counts.unchanged++;
        // Somebody has changed it since: it is not for the undo to take that back.
        const c = isSame(is, reached[i] ?? null)
          ? null
          : this.conflicts.of("changed-since", table, "It was changed since it was given back.");
        if (!isUndone) await writer.write({ t: table.number, key, now: is, past: was, c });
        if (!isUndone) written++;
        continue;
      }
      if (was === null) table.counts.unknown++;
      else if (isSame(is, was)) table.counts.unchanged++;
      else if (kinds.includes(is === null ? "removed" : "changed")) {
        await writer.write({ t: table.number, key, now: is, past: was, c: null });
        written++;
      }
    }
    return written;
  }

  async #choose(asked: GiveBackTable, writer: RowFileWriter): Promise<void> {
    const table = await this.table(asked.name);
    if (!table) return;
    const kinds = asked.kinds ?? (asked.keys || this.isUndo ? BOTH : (["removed"] as const));
    if (asked.keys) {
      const keys = [...new Set(asked.keys)].map((key) => parseRowName(table.past, key, "keys"));
      for (let i = 0; i < keys.length; i += BATCH) await this.stage(table, keys.slice(i, i + BATCH), kinds, writer);
      return;
    }
    const { past, left, live } = this.sessions;
    const other = left
      ? { session: left, form: this.#left.find(({ name }) => name === table.name) ?? null }
      : { session: live, form: table.live.form };
    const pair = { name: table.name, here: table.past, there: other.form };
    const comparison = new TableComparison(pair, { here: past, there: other.session }, table.number);
    await comparison.compare();
    const wheres = this.isUndo ? (["here", "there", "changed"] as const) : (["here", "changed"] as const);
    for (let after = 0; ; ) {
      const rows = await comparison.page(wheres, after, BATCH);
      const keys = rows.map(({ name }) => name.map((value) => value ?? ""));
      await this.stage(table, keys, kinds, writer);
      after = rows.at(-1)?.at ?? after;
      if (rows.length < BATCH) return;
    }
  }

  /** Goes through all staged rows once more, says what is in their way, and counts. */
  async #judge(staged: string, file: string, parents: readonly ParentCount[]): Promise<string> {
    const judged = `${file}.judged`;
    const body = new RowFileWriter(judged);
    for await (const rows of readRows(staged, BATCH)) {
      await judgeRows(this, rows, parents);
      for (const row of rows) {
        this.#count(row);
        await body.write(row);
      }
    }
    const bodyDigest = await body.end();
    const head: StagedHead = {
      version: 1,
      tables: this.tables.map(({ name, columns, live }) => ({ name, columns, signature: live.signature })),
      conflicts: this.conflicts.staged(),
    };
    const whole = new RowFileWriter(file);
    await whole.write(head);
    for await (const rows of readRows(judged, BATCH)) for (const row of rows) await whole.write(row);
    await whole.end();
    return bodyDigest + JSON.stringify(head);
  }

  #count(row: StagedRow): void {
    const table = this.tables[row.t];
    if (!table) throw new Error("a row is of a table of the plan");
    const key = formatRowName(table.past, row.key);
    if (row.c !== null) {
      table.counts.inConflict++;
      this.conflicts.count(row.c, key);
    } else if (row.now === null) table.counts.inserted++;
    else if (row.past === null) table.counts.removed++;
    else table.counts.setBack++;
    const samples = row.c === null ? table.samples : table.sampleConflicts;
    if (samples.length >= SAMPLES) return;
    const cells = (values: Text[] | null) =>
      values &&
      table.live.form.columns.map((column) => {
        const at = table.columns.indexOf(column.name);
        return at < 0 ? null : cellOf(column, values[at] ?? null);
      });
    samples.push({ key, kind: row.now === null ? "removed" : "changed", now: cells(row.now), past: cells(row.past) });
  }

  #notices({ name, past, live, counts }: PlannedTable): GiveBackNotice[] {
    if (counts.inserted + counts.setBack + counts.removed === 0) return [];
    const notices: GiveBackNotice[] = [];
    const say = (kind: GiveBackNotice["kind"], names: string[], words: string) => {
      if (names.length > 0) notices.push({ kind, table: name, names, words });
    };
    const lacks = (from: TableForm, other: TableForm) =>
      from.columns.map((one) => one.name).filter((column) => !other.columns.some((one) => one.name === column));
    const gone = lacks(past, live.form);
    say("column-gone", gone, `${name} has no ${gone.join(", ")} any more: what stood there is not given back.`);
    const fresh = this.isUndo ? [] : lacks(live.form, past);
    say(
      "column-new",
      fresh,
      `${name} did not have ${fresh.join(", ")} then: rows that are put in again get the default.`,
    );
    const triggers = live.triggers.map((trigger) => trigger.name);
    say(
      "triggers",
      triggers,
      `Triggers do not run (${triggers.join(", ")}): what they would write or keep up to date stays as it is.`,
    );
    say(
      "checked-later",
      live.otherUniques,
      `Whether ${live.otherUniques.join(", ")} takes the rows shows when they are written; if not, nothing is.`,
    );
    return notices;
  }
}

export function isSame(one: readonly Text[] | null, other: readonly Text[] | null): boolean {
  if (one === null || other === null) return one === other;
  return one.every((value, i) => value === other[i]);
}

function toTablePlan({ name, live, counts, neededBy, samples, sampleConflicts }: PlannedTable): GiveBackTablePlan {
  return {
    name,
    ...counts,
    neededBy,
    columns: live.form.columns.map(({ name: column, type }) => ({
      name: column,
      type,
      key: live.form.key?.columns.includes(column) ?? false,
    })),
    samples: [...samples, ...sampleConflicts].slice(0, SAMPLES),
  };
}

function noTable(name: string): LastgoodError {
  return new LastgoodError("not_found", `There is no table ${name.slice(0, 64)} at that moment.`, {
    field: "tables",
    hint: "Choose another moment or another table.",
  });
}
