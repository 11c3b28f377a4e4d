import type { DatabaseDiff, DiffKind, TableDiff } from "../../lib/domain/diff.ts";

/** One column of a loss table: which rows it counts, what becomes of them, and the colour of its bars. */
export type LossColumn = { kind: DiffKind; head: string; bar: string };

/** What becomes of rows when a database goes back: `from` is where it goes, `to` is now. */
export const GOING_BACK: readonly LossColumn[] = [
  { kind: "added", head: "Disappear", bar: "bg-danger" },
  { kind: "changed", head: "Change back", bar: "bg-warn" },
  { kind: "removed", head: "Come back", bar: "bg-ok" },
];

/** What a copy brings along: `from` is where it began, `to` is how it is now. */
export const BROUGHT_ALONG: readonly LossColumn[] = [
  { kind: "removed", head: "Disappear", bar: "bg-danger" },
  { kind: "changed", head: "Change", bar: "bg-warn" },
  { kind: "added", head: "Arrive", bar: "bg-ok" },
];

/** The tables with a figure in any column, most in the first column first, and how many tables there are in all. */
export function lossRows(diff: DatabaseDiff, columns: readonly LossColumn[]): { rows: TableDiff[]; tables: number } {
  const rows = diff.tables.filter(
    (table) => table.how !== "not-compared" && columns.some(({ kind }) => table[kind] > 0),
  );
  const total = (table: TableDiff) => table.added + table.removed + table.changed;
  const [worst] = columns;
  rows.sort((a, b) => (worst ? b[worst.kind] - a[worst.kind] : 0) || total(b) - total(a));
  return { rows, tables: diff.tables.length + diff.sameTables.length };
}

/** How much of a bar a count fills, 0 to 1, on a logarithmic scale; nothing only for none. */
export function logShare(count: number, most: number): number {
  if (count <= 0 || most <= 0) return 0;
  return Math.max(0.08, Math.log10(1 + count) / Math.log10(1 + most));
}

/** `64 rows of payments`, `64 rows of payments and 9 of customers`, `64 rows of payments, 9 of customers and 3 other tables`. */
export function lossSentence(
  losses: readonly { name: string; rows: number }[],
  format: (rows: number) => string,
): string {
  const [first, second, ...others] = losses;
  if (!first) return "";
  const head = `${format(first.rows)} ${first.rows === 1 ? "row" : "rows"} of ${first.name}`;
  if (!second) return head;
  if (others.length === 0) return `${head} and ${format(second.rows)} of ${second.name}`;
  const more = others.length === 1 ? "one more table" : `${others.length} more tables`;
  return `${head}, ${format(second.rows)} of ${second.name} and some of ${more}`;
}
