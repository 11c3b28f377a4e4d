import type { DiffCell } from "../../lib/domain/diff.ts";

/** Whether a value was cut on its way here, so that it cannot be written down in full. */
export function isCut(cell: DiffCell): boolean {
  if (cell === null || typeof cell !== "object") return false;
  if ("text" in cell) return true;
  return "blob" in cell && atob(cell.blob).length < cell.bytes;
}

function toHex(base64: string): string {
  return Array.from(atob(base64), (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

/** A value as SQLite reads it in a statement; a real number keeps its point, so that it stays one. */
export function cellAsSql(cell: DiffCell, type: string): string {
  if (cell === null) return "NULL";
  if (typeof cell === "number") return isRealColumn(type) && Number.isInteger(cell) ? `${cell}.0` : String(cell);
  if (typeof cell === "string") return quoteText(cell);
  if ("integer" in cell) return cell.integer;
  if ("real" in cell) return realAsSql(cell.real);
  return "blob" in cell ? `x'${toHex(cell.blob)}'` : quoteText(cell.text);
}

/** A value as PostgreSQL reads it in a statement: text stands for every type, and is read by that of its column. */
export function cellAsClusterSql(cell: DiffCell): string {
  if (cell === null) return "NULL";
  if (typeof cell === "number") return String(cell);
  if (typeof cell === "string") return `'${cell.replaceAll("'", "''")}'`;
  if ("integer" in cell) return cell.integer;
  if ("real" in cell) return `'${cell.real}'`;
  return "blob" in cell ? `'\\x${toHex(cell.blob)}'` : `'${cell.text.replaceAll("'", "''")}'`;
}

const isRealColumn = (type: string) => /real|floa|doub/i.test(type);

/** SQLite reads an exponent beyond its range as infinity; what is not a number cannot be stored in it. */
function realAsSql(text: string): string {
  if (/^-/.test(text) && /inf/i.test(text)) return "-9e999";
  return /inf/i.test(text) ? "9e999" : text;
}

/** A text with a zero byte cannot stand in a statement as it is. */
function quoteText(text: string): string {
  if (!text.includes("\0")) return `'${text.replaceAll("'", "''")}'`;
  const hex = Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `CAST(x'${hex}' AS TEXT)`;
}

/** A value in a CSV cell: nothing for null, bytes as hex digits. */
export function cellAsCsv(cell: DiffCell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  if (typeof cell === "string") return quoteCsv(cell);
  if ("integer" in cell) return cell.integer;
  if ("real" in cell) return cell.real;
  return "blob" in cell ? `x'${toHex(cell.blob)}'` : quoteCsv(cell.text);
}

/** RFC 4180; an empty text is quoted, so that it is not taken for null. */
export function quoteCsv(text: string): string {
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
