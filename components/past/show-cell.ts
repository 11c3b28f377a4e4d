import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatNumber } from "../../lib/client/format-count.ts";
import type { SqlCell } from "../../lib/client/read-sql-answer.ts";
import type { DiffCell } from "../../lib/domain/diff.ts";

/** How a value stands in a grid: its text on one line, and what kind of value it is. */
export type ShownCell = { kind: "null" | "number" | "text" | "blob"; text: string; remark: string | null };

const LONGEST = 400;

/** Line breaks are shown as signs: a row of a grid is one line. */
const oneLine = (text: string) =>
  text
    .slice(0, LONGEST)
    .replaceAll(/\r\n|\r|\n/g, "↵")
    .replaceAll("\t", "⇥");

/** A value of an SQL answer or of a difference, for people. */
export function showCell(cell: SqlCell | DiffCell): ShownCell {
  if (cell === null) return { kind: "null", text: "null", remark: null };
  if (typeof cell === "number" || typeof cell === "bigint") return { kind: "number", text: String(cell), remark: null };
  if (typeof cell === "string") {
    return { kind: "text", text: oneLine(cell), remark: cell.length > LONGEST ? "cut" : null };
  }
  if (Array.isArray(cell)) return showBlob(cell.length);
  if ("integer" in cell) return { kind: "number", text: cell.integer, remark: null };
  if ("real" in cell) return { kind: "number", text: cell.real, remark: null };
  if ("blob" in cell) return showBlob(cell.bytes);
  return { kind: "text", text: oneLine(cell.text), remark: `of ${formatNumber(cell.chars)} characters` };
}

function showBlob(bytes: number): ShownCell {
  return { kind: "blob", text: "blob", remark: formatBytes(bytes) };
}

/** Whether two cells are the same value. */
export function isSameCell(a: DiffCell, b: DiffCell): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The storage class of a column's values as far as they are known; `mixed` where they differ, null where all are null. */
export function storageOf(cells: Iterable<SqlCell>): string | null {
  let found: string | null = null;
  for (const cell of cells) {
    if (cell === null) continue;
    const one = Array.isArray(cell) ? "blob" : typeof cell === "string" ? "text" : numberKind(cell);
    if (found === null || (found === "integer" && one === "real")) found = one;
    else if (found !== one && !(found === "real" && one === "integer")) return "mixed";
  }
  return found;
}

const numberKind = (value: number | bigint) =>
  typeof value === "bigint" || Number.isInteger(value) ? "integer" : "real";
