import type { GiveBackConflict, GiveBackConflictKind } from "../../../domain/give-back.ts";
import { takenBy, valuesOf, withoutParent } from "./look-up.ts";
import type { ParentCount } from "./parents.ts";
import type { PlannedTable, RowPlan } from "./plan-rows.ts";
import type { StagedConflict, StagedRow } from "./staged-rows.ts";

const KEYS_SHOWN = 20;

/** What is in the way of rows: each reason once, with how many rows it keeps. */
export class ConflictList {
  readonly #found: (StagedConflict & { name: string; rows: number; solved: number; keys: string[] })[] = [];
  readonly refused: { name: string; words: string }[] = [];

  /** The number of a reason. */
  of(kind: GiveBackConflictKind, table: Pick<PlannedTable, "number" | "name">, words: string): number {
    const known = this.#found.findIndex(
      (one) => one.kind === kind && one.table === table.number && one.words === words,
    );
    if (known >= 0) return known;
    const fresh = { kind, table: table.number, name: table.name, words, rows: 0, solved: 0, keys: [] };
    return this.#found.push(fresh) - 1;
  }

  count(number: number, key: string): void {
    const one = this.#found[number];
    if (!one) throw new Error("a conflict is on the list");
    one.rows++;
    if (one.keys.length < KEYS_SHOWN) one.keys.push(key);
  }

  /** Another row that would be well with its parents. */
  solve(number: number): void {
    const one = this.#found[number];
    if (one) one.solved++;
  }

  refuse(name: string, words: string): void {
    if (!this.refused.some((one) => one.name === name)) this.refused.push({ name, words });
  }

  staged(): StagedConflict[] {
    return this.#found.map(({ kind, table, words }) => ({ kind, table, words }));
  }

  told(): GiveBackConflict[] {
    const found = this.#found
      .filter(({ rows }) => rows > 0)
      .map(({ kind, name: table, rows, words, solved: solvedByParents, keys }) => ({
        kind,
        table,
        rows,
        words,
        solvedByParents,
        keys,
      }));
    const refused = this.refused.map(({ name, words }): GiveBackConflict => {
      return { kind: "table-refused", table: name, rows: 0, words, solvedByParents: 0, keys: [] };
    });
    return [...found, ...refused];
  }
}

/** Says of rows that are to be there what today's tables have against them. */
export async function judgeRows(plan: RowPlan, rows: StagedRow[], parents: readonly ParentCount[]): Promise<void> {
  for (const table of plan.tables) {
    const own = rows.filter((row) => row.t === table.number && row.past !== null && row.c === null);
    if (own.length === 0) continue;
    judgeColumns(plan, table, own);
    await judgeUniques(plan, table, own);
    await judgeReferences(plan, table, own, parents);
  }
}

/** Columns that are new and must have a value, of rows that are put in. */
function judgeColumns(plan: RowPlan, table: PlannedTable, rows: readonly StagedRow[]): void {
  const wanting = table.live.form.columns.filter(
    ({ name, notNull, hasDefault, isGenerated }) =>
      notNull && !hasDefault && !isGenerated && !table.columns.includes(name),
  );
  const strict = table.live.form.columns.filter(({ name, notNull }) => notNull && table.columns.includes(name));
  for (const row of rows) {
    const [first] = row.now === null ? wanting : [];
    const empty = first ?? strict.find(({ name }) => row.past?.[table.columns.indexOf(name)] === null);
    if (empty)
      row.c = plan.conflicts.of("rule-broken", table, `${empty.name} must have a value today, and there is none.`);
  }
}

async function judgeUniques(plan: RowPlan, table: PlannedTable, rows: readonly StagedRow[]): Promise<void> {
  for (const rule of table.live.uniques) {
    if (!rule.columns.every((name) => table.columns.includes(name))) continue;
    const open = rows.filter(({ c }) => c === null);
    const asked = open.map((row) => ({ key: row.key, values: valuesOf(row, table.columns, rule.columns) }));
    const words = `Another row has its value of ${rule.columns.join(", ")} (${rule.name}).`;
    for (const at of await takenBy(plan.sessions.live, table.live, rule, asked)) {
      const row = open[at];
      if (row) row.c = plan.conflicts.of("key-taken", table, words);
    }
  }
}

async function judgeReferences(
  plan: RowPlan,
  table: PlannedTable,
  rows: readonly StagedRow[],
  parents: readonly ParentCount[],
): Promise<void> {
  for (const reference of table.live.references) {
    if (!reference.columns.every((name) => table.columns.includes(name))) continue;
    const open = rows.filter(
      (row) => row.c === null && !valuesOf(row, table.columns, reference.columns).includes(null),
    );
    const tuples = open.map((row) => valuesOf(row, table.columns, reference.columns));
    const words = `${reference.columns.join(", ")} refers to a row of ${reference.parent} that is not there.`;
    for (const at of await withoutParent(plan.sessions.live, table.live.form, reference, tuples)) {
      const [row, tuple] = [open[at], JSON.stringify(tuples[at])];
      const known = parents.find(
        (one) => one.table === reference.parent && one.columns === JSON.stringify(reference.parentColumns),
      );
      if (!row || known?.chosen.has(tuple)) continue;
      row.c = plan.conflicts.of("parent-missing", table, words);
      if (known?.solvable.has(tuple)) plan.conflicts.solve(row.c);
    }
  }
}
