import type { DiffCell, DiffColumn, DiffKind, DiffRow, DiffRows } from "../../../domain/diff.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { ClusterComparison } from "./cluster-comparison.ts";
import { fetchRows } from "./fetch-rows.ts";
import { formatRowName, parseRowName } from "./row-names.ts";
import { quoteName, type ServerSession, type Text } from "./server-session.ts";
import { cellSql, toDiffCell } from "./sql-values.ts";
import type { NamedRow, TableComparison, Where } from "./table-comparison.ts";
import type { TableColumn, TableForm } from "./table-forms.ts";
import { allColumns, isKey } from "./table-pair.ts";

export type DiffRowsQuery = { table: string; kinds: readonly DiffKind[]; after: string | null; limit: number };

const KIND: Record<Where, DiffKind> = { here: "added", there: "removed", changed: "changed" };
/** An answer ends early when it has become this long. */
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_ROWS = 1000;

/** Rows of one table that differ, in the order of their keys, behind `after`. Throws `not_found`, `invalid_input`. */
export async function differencePage(comparison: ClusterComparison, query: DiffRowsQuery): Promise<DiffRows> {
  const table = requireTable(comparison, query.table);
  const { pair } = table;
  const form = pair.here ?? pair.there;
  if (!form) throw noTable(query.table);
  const columns = allColumns(pair).map(({ name, type }): DiffColumn => ({ name, type, key: isKey(form, name) }));
  const wheres = (["here", "there", "changed"] as const).filter((where) => query.kinds.includes(KIND[where]));
  const limit = Math.min(MOST_ROWS, Math.max(1, query.limit));
  const after = query.after === null ? 0 : await placeOf(table, form, query.after);
  const found = await table.page(wheres, after, limit + 1);
  const shown = found.slice(0, limit);
  const [before, now] = await Promise.all([
    cellsOf(comparison.sessions.there, table, "there", columns, shown),
    cellsOf(comparison.sessions.here, table, "here", columns, shown),
  ]);
  const rows: DiffRow[] = [];
  let bytes = 0;
  for (const [i, row] of shown.entries()) {
    if (bytes > MOST_BYTES) break;
    const one: DiffRow = {
      key: formatRowName(form, row.name),
      kind: KIND[row.where],
      before: row.where === "here" ? null : (before[i] ?? null),
      after: row.where === "there" ? null : (now[i] ?? null),
    };
    bytes += JSON.stringify(one).length;
    rows.push(one);
  }
  const last = rows.length < found.length ? shown[rows.length - 1] : undefined;
  return { columns, rows, next: last ? `p${last.at}` : null };
}

function requireTable(comparison: ClusterComparison, name: string): TableComparison {
  const table = comparison.table(name);
  if (table) return table;
  const refusal = comparison.refusal(name);
  if (refusal === null) throw noTable(name);
  throw new LastgoodError("invalid_input", `The rows of ${name} are not compared. ${refusal}`, {
    field: "table",
    hint: "Look at both moments with SQL.",
  });
}

function noTable(name: string): LastgoodError {
  return new LastgoodError("not_found", `Neither moment has a table ${name.slice(0, 64)}.`, {
    field: "table",
    hint: "The difference lists the tables.",
  });
}

/** A continuation, or the name of a row. */
async function placeOf(table: TableComparison, form: TableForm, after: string): Promise<number> {
  if (/^p\d{1,15}$/.test(after)) return Number(after.slice(1));
  const place = await table.find(parseRowName(form, after, "after"));
  if (place !== null) return place;
  throw new LastgoodError("invalid_input", "This continuation belongs to another table.", {
    field: "after",
    hint: "Pass `next` of the answer before, for the same table.",
  });
}

/** The values of rows on one side, in the order of the columns; null as a cell where that side has no such column. */
async function cellsOf(
  session: ServerSession,
  { pair }: TableComparison,
  side: "here" | "there",
  columns: readonly DiffColumn[],
  rows: readonly NamedRow[],
): Promise<(DiffCell[] | null)[]> {
  const form = pair[side];
  if (!form) return rows.map(() => null);
  const wanted = rows.filter(({ where }) => where === side || where === "changed");
  const values = await fetchRows(
    session,
    pair,
    form,
    wanted.map(({ name }) => name),
    outputs(form),
  );
  const byRow = new Map(wanted.map((row, i) => [row, values[i] ?? null]));
  return rows.map((row) => toCells(form, columns, byRow.get(row) ?? null));
}

/** SQL of the cells of a row `t`. */
export function outputs({ columns }: TableForm): string[] {
  return columns.flatMap(({ name, baseType }) => cellSql(baseType, `t.${quoteName(name)}`));
}

/** What `outputs` gave, as cells. */
export function toCells(
  form: TableForm,
  columns: readonly Pick<TableColumn, "name">[],
  values: readonly Text[] | null,
): DiffCell[] | null {
  if (values === null) return null;
  return columns.map(({ name }) => {
    const at = form.columns.findIndex((one) => one.name === name);
    const column = form.columns[at];
    if (!column) return null;
    return toDiffCell(column.baseType, values[at * 2] ?? null, Number(values[at * 2 + 1] ?? 0));
  });
}
