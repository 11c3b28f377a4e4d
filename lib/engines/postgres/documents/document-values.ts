import { malformed, shown } from "../../json/document-manifest.ts";
import type { DocumentValue } from "../../json/document-row.ts";
import { RawText } from "../../json/document-row.ts";
import type { Text } from "../look/server-session.ts";

/** https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const BOOL = 16;
const BYTEA = 17;
const WHOLE = new Set([20, 21, 23, 26]);
const REAL = new Set([700, 701]);

/**
 * A value of a column as a document holds it: numbers, booleans and bytes as such, everything else (numeric, times, arrays, JSON, types
 * of one's own) as PostgreSQL's own text. A real of four bytes has the digits that read back as the same one.
 * @param type the column's type; of a domain what it is made from
 */
export function toDocumentValue(type: number, text: Text): DocumentValue {
  if (text === null) return null;
  if (WHOLE.has(type)) return BigInt(text);
  if (REAL.has(type)) return Number(text);
  if (type === BOOL) return text === "t";
  return type === BYTEA ? Buffer.from(text.slice(2), "hex") : text;
}

/** The same as PostgreSQL reads it. Throws `invalid_input` for what no document of PostgreSQL holds. */
export function toText(table: string, value: DocumentValue): Text {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof RawText) throw malformed(`table ${shown(table)} has a text that is no Unicode`);
  return `\\x${Buffer.from(value).toString("hex")}`;
}
