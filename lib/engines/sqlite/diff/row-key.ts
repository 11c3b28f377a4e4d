import { LastgoodError } from "../../../domain/errors.ts";
import type { TextEncoding } from "./database-state.ts";
import { bytesOf, type Pieces } from "./payload.ts";
import { decodeText, type StoredValue } from "./record.ts";
import { asVarInteger, type VarInteger } from "./varint.ts";

/**
 * What names a row in its table, as the opaque text that people hand around: `r` and the rowid, or `k` and the values of the
 * primary key in its order, as base64url of JSON. Exact: integers as digits, reals and whatever text alone could not say as bytes.
 */
export type RowKey = { rowid: VarInteger } | { values: KeyValue[] };
/** `text` holds well-formed text, `bytes` one that is not, as the database stores it. */
export type KeyValue =
  | null
  | { integer: VarInteger }
  | { real: number }
  | { text: string }
  | { bytes: Uint8Array }
  | { blob: Uint8Array };

type WireValue = null | { i: string } | { r: string } | { t: string } | { x: string } | { b: string };

export function formatRowKey(key: RowKey): string {
  if ("rowid" in key) return `r${key.rowid}`;
  return `k${Buffer.from(JSON.stringify(key.values.map(toWire))).toString("base64url")}`;
}

/** Throws `invalid_input` for what is no key. */
export function parseRowKey(text: string): RowKey {
  if (/^r-?\d{1,19}$/.test(text)) return { rowid: asVarInteger(BigInt.asIntN(64, BigInt(text.slice(1)))) };
  try {
    const wire: unknown = text.startsWith("k") ? JSON.parse(Buffer.from(text.slice(1), "base64url").toString()) : null;
    if (Array.isArray(wire)) return { values: wire.map(fromWire) };
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
  }
  throw new LastgoodError("invalid_input", "This names no row.", {
    field: "key",
    hint: "Use the key of a row as the list of differences gives it.",
  });
}

/** The values of a primary key as they are stored. */
export function keyValues(values: readonly StoredValue[], encoding: TextEncoding): KeyValue[] {
  return values.map((value): KeyValue => {
    if (value.type === "null") return null;
    if (value.type === "integer") return { integer: value.value };
    if (value.type === "real") return { real: value.value };
    const bytes = bytesOf(value.source, value.at, value.at + value.length);
    if (value.type === "blob") return { blob: bytes };
    const text = decodeText(bytes, encoding);
    return Buffer.compare(encodeText(text, encoding), bytes) === 0 ? { text } : { bytes };
  });
}

/** The same as they are stored. */
export function storedValues(values: readonly KeyValue[], encoding: TextEncoding): StoredValue[] {
  return values.map((value): StoredValue => {
    if (value === null) return { type: "null" };
    if ("integer" in value) return { type: "integer", value: value.integer };
    if ("real" in value) return { type: "real", value: value.real };
    if ("blob" in value) return { type: "blob", ...whole(value.blob) };
    return { type: "text", ...whole("text" in value ? encodeText(value.text, encoding) : value.bytes) };
  });
}

/** A text as a database of this encoding stores it. */
export function encodeText(text: string, encoding: TextEncoding): Uint8Array {
  if (encoding === "utf8") return Buffer.from(text, "utf8");
  const units = Buffer.from(text, "utf16le");
  return encoding === "utf16le" ? units : units.swap16();
}

export function whole(bytes: Uint8Array): { source: Pieces; at: number; length: number } {
  return { source: { length: bytes.length, piece: (at) => bytes.subarray(at) }, at: 0, length: bytes.length };
}

function toWire(value: KeyValue): WireValue {
  if (value === null) return null;
  if ("integer" in value) return { i: String(value.integer) };
  if ("real" in value) return { r: String(value.real) };
  if ("text" in value) return { t: value.text };
  const [name, bytes] = "bytes" in value ? (["x", value.bytes] as const) : (["b", value.blob] as const);
  return { [name]: Buffer.from(bytes).toString("base64") } as WireValue;
}

function fromWire(wire: unknown): KeyValue {
  if (wire === null) return null;
  const { i, r, t, x, b } = wire as Record<string, unknown>;
  if (typeof i === "string" && /^-?\d{1,19}$/.test(i)) return { integer: asVarInteger(BigInt.asIntN(64, BigInt(i))) };
  if (typeof r === "string") return { real: Number(r) };
  if (typeof t === "string") return { text: t };
  if (typeof x === "string") return { bytes: Buffer.from(x, "base64") };
  if (typeof b === "string") return { blob: Buffer.from(b, "base64") };
  throw new TypeError("no value of a key");
}
