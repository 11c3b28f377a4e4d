import type { DiffCell } from "../../../domain/diff.ts";
import type { SqlValue } from "../../engine.ts";
import type { Text } from "./server-session.ts";

/** https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const BOOL = 16;
const BYTEA = 17;
const WHOLE = new Set([20, 21, 23, 26]);
const REAL = new Set([700, 701]);

/**
 * A value as an answer holds it: integers and reals as numbers where these are exact, bytes as bytes, everything else (numeric, times,
 * arrays, JSON) as PostgreSQL's own text, which says all of it.
 */
export function toSqlValue(type: number, text: Text): SqlValue {
  if (text === null) return null;
  if (WHOLE.has(type)) return shortest(text);
  if (REAL.has(type)) return realNumber(text) ?? text;
  if (type === BOOL) return text === "t" ? "true" : "false";
  return type === BYTEA ? Buffer.from(text.slice(2), "hex") : text;
}

function shortest(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Null for what JSON has no number for. */
function realNumber(text: string): number | null {
  const number = Number(text);
  return Number.isFinite(number) && !Object.is(number, -0) ? number : null;
}

/** What is longer is cut. */
export const CELL_CHARS = 500;
export const CELL_BYTES = 96;

/**
 * One value of a row that differs.
 * @param text of bytes in base64, and as all others no longer than one character more than is shown
 * @param length characters, or bytes, of all of it
 */
export function toDiffCell(type: number, text: Text, length: number): DiffCell {
  if (text === null) return null;
  if (type === BYTEA) return { blob: text.replaceAll("\n", ""), bytes: length };
  if (WHOLE.has(type)) {
    const value = shortest(text);
    return typeof value === "bigint" ? { integer: text } : value;
  }
  if (REAL.has(type)) return realNumber(text) ?? { real: text };
  if (type === BOOL) return text === "t" ? "true" : "false";
  return length > CELL_CHARS ? { text: [...text].slice(0, CELL_CHARS).join(""), chars: length } : text;
}

/** SQL for the two things that `toDiffCell` asks for; `value` is SQL of a value of that type. */
export function cellSql(type: number, value: string): [text: string, length: string] {
  if (type === BYTEA) {
    return [
      `pg_catalog.encode(pg_catalog.substring(${value}, 1, ${CELL_BYTES}), 'base64')`,
      `pg_catalog.octet_length(${value})`,
    ];
  }
  const text = textSql(value);
  return [`pg_catalog.left(${text}, ${CELL_CHARS + 1})`, `pg_catalog.length(${text})`];
}

/** SQL for the text of a value of any type, as its type writes it: no cast that somebody else made is ever called. */
export function textSql(value: string): string {
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE pg_catalog.format('%s', ${value}) END`;
}
