import type { DatabaseSync } from "node:sqlite";
import type { DiffCell } from "../../../domain/diff.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { keyColumns, keysOf, type StagedTable } from "./staged-tables.ts";

/** The names that a difference gives to rows (`diff/row-key.ts`), written and read within SQL. */
type Wire = null | { i: string } | { r: string } | { t: string } | { x: string } | { b: string };
type Bound = { sql: string; value: null | bigint | number | string | Uint8Array };

/** Puts the named rows of a table among those that are looked up; a name given twice counts once. Throws `invalid_input`. */
export function nameRows(connection: DatabaseSync, table: StagedTable, names: readonly string[]): void {
  const columns = keyColumns(table).join(", ");
  for (const name of new Set(names)) {
    const values = readName(name, table).map(bind);
    const sql = `INSERT INTO ${keysOf(table)} (${columns}) VALUES (${values.map((one) => one.sql).join(", ")})`;
    connection.prepare(sql).run(...values.map(({ value }) => value));
  }
}

function readName(name: string, table: StagedTable): Wire[] {
  const { isNamedByRowid, key } = table.shape;
  if (isNamedByRowid && /^r-?\d{1,19}$/.test(name)) return [{ i: name.slice(1) }];
  if (!isNamedByRowid && name.startsWith("k")) {
    const wire = parseJson(Buffer.from(name.slice(1), "base64url").toString());
    if (Array.isArray(wire) && wire.length === key.length && wire.every(isWire)) return wire;
  }
  throw new LastgoodError("invalid_input", `${name.slice(0, 40)} names no row of ${table.shape.name}.`, {
    field: "keys",
    hint: "Use the keys of rows as the list of differences gives them.",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isWire(value: unknown): value is Wire {
  if (value === null) return true;
  if (typeof value !== "object") return false;
  const [entry, ...more] = Object.entries(value);
  if (!entry || more.length > 0 || typeof entry[1] !== "string") return false;
  const [kind, text] = entry;
  return kind === "i" ? /^-?\d{1,19}$/.test(text) : ["r", "t", "x", "b"].includes(kind);
}

function bind(wire: Wire): Bound {
  if (wire === null) return { sql: "?", value: null };
  if ("i" in wire) return { sql: "?", value: BigInt.asIntN(64, BigInt(wire.i)) };
  if ("r" in wire) return { sql: "?", value: Number(wire.r) };
  // As bytes, since a text that is bound ends at a NUL for some, and cannot hold what is no text.
  if ("x" in wire) return { sql: "CAST(? AS TEXT)", value: Buffer.from(wire.x, "base64") };
  if ("t" in wire) return { sql: "?", value: wire.t };
  return { sql: "?", value: Buffer.from(wire.b, "base64") };
}

export type Value = null | bigint | number | string | Uint8Array;

/** A row's name from its key; `bytes` are the same values as they are stored. */
export function formatName(table: StagedTable, key: readonly Value[], bytes: readonly (Uint8Array | null)[]): string {
  if (table.shape.isNamedByRowid) return `r${key[0]}`;
  const wire = key.map((value, i): Wire => {
    if (value === null) return null;
    if (typeof value === "bigint") return { i: String(value) };
    if (typeof value === "number") return { r: String(value) };
    if (typeof value !== "string") return { b: Buffer.from(value).toString("base64") };
    const stored = Buffer.from(bytes[i] ?? new Uint8Array());
    const isText = ["utf8", "utf16le"].some((encoding) =>
      Buffer.from(value, encoding as BufferEncoding).equals(stored),
    );
    return isText ? { t: value } : { x: stored.toString("base64") };
  });
  return `k${Buffer.from(JSON.stringify(wire)).toString("base64url")}`;
}

const CUT_CHARS = 200;
const CUT_BYTES = 64;

/** A value as people look at it. */
export function toCell(value: Value): DiffCell {
  if (value === null) return null;
  if (typeof value === "bigint") {
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(value)
      : { integer: String(value) };
  }
  if (typeof value === "number") return Number.isFinite(value) ? value : { real: String(value) };
  if (typeof value === "string") {
    const chars = [...value.slice(0, 4 * CUT_CHARS)];
    if (chars.length <= CUT_CHARS && value.length <= 4 * CUT_CHARS) return value;
    return { text: chars.slice(0, CUT_CHARS).join(""), chars: [...value].length };
  }
  return { blob: Buffer.from(value.subarray(0, CUT_BYTES)).toString("base64"), bytes: value.length };
}
