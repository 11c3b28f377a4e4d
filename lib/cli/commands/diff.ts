import { formatCount } from "../../client/format-count.ts";
import type { DiffCell, DiffRow, DiffRows } from "../../domain/diff.ts";
import { countDiff, uncompared } from "../remote/loss.ts";
import { resolveMoment } from "../remote/moment.ts";
import { wholeOf } from "../settings/settings.ts";
import { type Cell, tableLines } from "../text/table.ts";
import { alone, verb } from "../verb.ts";

const LONGEST_COUNT_MS = 600_000;
const SIGNS = {
  added: { text: "+", as: "good" },
  removed: { text: "-", as: "bad" },
  changed: { text: "~", as: "warning" },
} as const;

/** What differs between two moments: rows by table, or the rows of one table. */
export const diff = alone(
  "diff",
  verb({
    about: "which rows were added, removed and changed between two moments; without --to, until now",
    of: "database",
    options: {
      from: { value: "moment", about: "the earlier moment" },
      to: { value: "moment", about: "the later one; now where it is left out" },
      table: { value: "name", about: "show the rows of this table, not only how many" },
      kinds: { value: "kinds", about: "which of removed, changed and added, separated by commas" },
      limit: { value: "rows", about: "at most so many rows, up to 500; 100 where nothing is said" },
      after: { value: "next", about: "go on behind a former answer's `next`" },
    },
    examples: [
      ['diff --database shop --from "1 hour ago"', "rows by table since then"],
      ['diff --from "1 hour ago" --table orders --kinds removed', "the orders that were deleted since"],
    ],
    async run(call, { from, to, table, kinds, limit, after }) {
      if (from === undefined) throw call.wrongly("Say since when, with --from");
      const rows = wholeOf(call.verb, "limit", limit);
      const database = await call.database();
      const past = await resolveMoment(call, database, from);
      const later = to === undefined ? null : await resolveMoment(call, database, to);
      const ends = { from: past.bookmark, ...(later === null ? {} : { to: later.bookmark }) };
      if (table !== undefined) {
        const query = { ...ends, table, kinds, limit: rows, after };
        const page = await call.api.get<DiffRows>(`${database.route}/diff/rows`, query);
        call.output.answer({ ...page }, () => rowLines(page));
        return 0;
      }
      const found = await countDiff(call, database, ends, LONGEST_COUNT_MS);
      const differing = found.tables.filter(({ added, removed, changed }) => added + removed + changed > 0);
      call.output.answer({ ...found }, () => [
        ...(differing.length === 0 ? ["No row differs."] : countLines(differing)),
        ...uncompared(found.tables),
        ...found.schema.map(({ kind, name, change }) => `${kind} ${name} was ${change}`),
        ...(found.state === "complete" ? [] : ["Still counting: ask again for the rest."]),
      ]);
      return 0;
    },
  }),
);

function countLines(tables: readonly { name: string; added: number; removed: number; changed: number }[]): string[] {
  const right = { align: "right" } as const;
  return tableLines(
    [{ head: "table" }, { head: "added", ...right }, { head: "removed", ...right }, { head: "changed", ...right }],
    tables.map(({ name, added, removed, changed }) => [name, added, removed, changed]),
  );
}

function rowLines({ columns, rows, next }: DiffRows): string[] {
  if (rows.length === 0) return ["No row differs."];
  return [
    ...tableLines(
      [{ head: "" }, ...columns.map(({ name }) => ({ head: name })), { head: "key" }],
      rows.map((row): Cell[] => [SIGNS[row.kind], ...columns.map((_, at) => change(row, at)), row.key]),
    ),
    `${formatCount(rows.length, "row")}${next === null ? "" : `; more with --after '${next}'`}`,
  ];
}

function change({ kind, before, after }: DiffRow, at: number): string {
  const [was, is] = [toText(before?.[at]), toText(after?.[at])];
  if (kind === "removed") return was;
  if (kind === "added" || was === is) return is;
  return `${was} → ${is}`;
}

function toText(cell: DiffCell | undefined): string {
  if (cell === null || cell === undefined) return "NULL";
  if (typeof cell !== "object") return String(cell);
  if ("integer" in cell) return cell.integer;
  if ("real" in cell) return cell.real;
  if ("blob" in cell) return `x'…' (${cell.bytes} bytes)`;
  return `${cell.text}…`;
}
