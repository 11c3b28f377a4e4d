import { RowJudge } from "./judge-rows.ts";
import type { Reference } from "./known-shapes.ts";
import type { RowPlan } from "./plan-rows.ts";
import { dropIdle, stageRows } from "./stage-rows.ts";
import { count, keyColumns, keysOf, rowsOf, type StagedTable } from "./staged-tables.ts";
import { quote, readShape, same, type TableShape } from "./table-shape.ts";

/** Rows whose rows refer to rows, and so on: longer chains than this are circles. */
const LONGEST_CHAIN = 100;

/** Has the rows come along that the chosen ones refer to, and that are missing now too; and those that these refer to. */
export function bringParents(plan: RowPlan): void {
  for (let round = 0; round < LONGEST_CHAIN; round++) {
    let brought = 0;
    // Tables join while this goes on.
    for (let at = 0; at < plan.tables.length; at++) {
      const table = plan.tables[at];
      if (!table) continue;
      for (const reference of plan.shapes.parentsOf(table.shape).references) brought += bringOf(plan, table, reference);
    }
    if (brought === 0) return;
  }
}

function bringOf(plan: RowPlan, child: StagedTable, reference: Reference): number {
  const { connection } = plan;
  if (!plan.presenceOf(reference.parent).past) return 0;
  const missing = missingFrom(plan, child, reference);
  if (connection.prepare(`SELECT 1 FROM ${missing} LIMIT 1`).get() === undefined) return 0;
  const parent = plan.stage(reference.parent);
  if (!parent) return 0;
  const before = count(connection, `SELECT count(*) FROM ${rowsOf(parent)}`);
  const keys = parent.shape.key.map((name) => `p.${quote(name)}`).join(", ");
  connection.exec(
    `INSERT INTO ${keysOf(parent)} (${keyColumns(parent).join(", ")}) SELECT DISTINCT ${keys} FROM ${missing}`,
  );
  stageRows(connection, parent, plan.presenceOf(parent.shape.name), { undo: false, asParents: true });
  dropIdle(connection, parent, ["removed", "changed"]);
  // What is there is never changed for a child's sake.
  connection.exec(`DELETE FROM ${rowsOf(parent)} WHERE p = 1 AND hb = 1`);
  const brought = count(connection, `SELECT count(*) FROM ${rowsOf(parent)}`) - before;
  if (brought > 0 && !parent.neededBy.some((name) => same(name, child.shape.name)))
    parent.neededBy.push(child.shape.name);
  return brought;
}

/** How many rows of which tables `bringParents` would begin with. */
export function countParents(plan: RowPlan): { table: string; rows: number }[] {
  const byTable = new Map<string, number>();
  for (const table of plan.tables) {
    for (const reference of plan.shapes.parentsOf(table.shape).references) {
      const shape = plan.presenceOf(reference.parent).past
        ? readShape(plan.connection, "past", reference.parent)
        : null;
      if (!shape || "refused" in shape) continue;
      const keys = (shape as TableShape).key.map((name) => `p.${quote(name)}`).join(", ");
      const sql = `SELECT count(*) FROM (SELECT DISTINCT ${keys} FROM ${missingFrom(plan, table, reference)})`;
      const rows = count(plan.connection, sql);
      if (rows > 0) byTable.set(shape.name, (byTable.get(shape.name) ?? 0) + rows);
    }
  }
  return [...byTable].map(([table, rows]) => ({ table, rows }));
}

/** How many of the staged rows that lack their parent would have it if parents came along. */
export function countSolvable(plan: RowPlan, table: StagedTable, conflictId: number): number {
  const numbers = plan.shapes.parentsOf(table.shape).references.flatMap((reference) => {
    if (!plan.presenceOf(reference.parent).past) return [];
    return [`SELECT s.n FROM ${pastParents(table, reference)} WHERE s.c = ${conflictId}`];
  });
  if (numbers.length === 0) return 0;
  return count(plan.connection, `SELECT count(*) FROM (${numbers.join(" UNION ")})`);
}

function missingFrom(plan: RowPlan, child: StagedTable, reference: Reference): string {
  const judge = new RowJudge(plan.connection, plan.tables, plan.shapes);
  return `${pastParents(child, reference)} WHERE s.ha = 1 AND ${judge.orphanCondition(child, reference)}`;
}

function pastParents(child: StagedTable, { parent, from, to }: Reference): string {
  const equal = to.map((column, i) => {
    const place = child.shape.columns.findIndex(({ name }) => same(name, from[i] ?? ""));
    return `p.${quote(column)} = s.a${place}`;
  });
  return `${rowsOf(child)} s JOIN past.${quote(parent)} p ON ${equal.join(" AND ")}`;
}
