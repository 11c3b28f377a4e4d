import { damagedPage } from "./damaged-page.ts";
import type { TextEncoding } from "./database-state.ts";
import { isSameStretch, type Payload, type Pieces } from "./payload.ts";
import { asVarInteger, readVarint, type VarInteger, varintSize } from "./varint.ts";

/** One value of a row. Integers and reals are read at once, texts and bytes only when they are looked at: they can be long. */
export type StoredValue =
  | { type: "null" }
  | { type: "integer"; value: VarInteger }
  | { type: "real"; value: number }
  | { type: "text" | "blob"; source: Pieces; at: number; length: number };

export const NULL_VALUE: StoredValue = { type: "null" };

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

/** The values of a record (SQLite's file format document, section 2.1), at most `most` of them. Throws `history_damaged`. */
export function readRecord(payload: Payload, most = Number.POSITIVE_INFINITY): StoredValue[] {
  const start = payload.bytes(0, Math.min(9, payload.length));
  const headerBytes = Number(readVarint(start, 0));
  if (headerBytes < 1 || headerBytes > payload.length) throw damagedPage(payload.page, "a row's header is too long");
  const header = payload.bytes(0, headerBytes);
  const values: StoredValue[] = [];
  let bodyAt = headerBytes;
  for (let at = varintSize(header, 0); at < headerBytes && values.length < most; at += varintSize(header, at)) {
    const serial = Number(readVarint(header, at));
    values.push(readValue(payload, serial, bodyAt));
    bodyAt += serialBytes(serial);
  }
  return values;
}

function serialBytes(serial: number): number {
  if (serial >= 12) return Math.floor((serial - 12) / 2);
  return serial <= 6 ? (INTEGER_BYTES[serial] ?? 0) : serial === 7 ? 8 : 0;
}

function readValue(payload: Payload, serial: number, at: number): StoredValue {
  if (serial === 0) return NULL_VALUE;
  if (serial === 8 || serial === 9) return { type: "integer", value: serial - 8 };
  if (serial === 10 || serial === 11 || serial < 0)
    throw damagedPage(payload.page, "a row holds a type that does not exist");
  const length = serialBytes(serial);
  if (serial >= 12) {
    if (at + length > payload.length) throw damagedPage(payload.page, "a value goes on beyond the end of its row");
    return { type: serial % 2 === 0 ? "blob" : "text", source: payload, at, length };
  }
  const bytes = payload.bytes(at, at + length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  if (serial === 7) return { type: "real", value: view.getFloat64(0) };
  return { type: "integer", value: readInteger(view, length) };
}

function readInteger(view: DataView, length: number): VarInteger {
  switch (length) {
    case 1:
      return view.getInt8(0);
    case 2:
      return view.getInt16(0);
    case 3:
      return view.getInt8(0) * 2 ** 16 + view.getUint16(1);
    case 4:
      return view.getInt32(0);
    case 6:
      return view.getInt16(0) * 2 ** 32 + view.getUint32(2);
    default:
      return asVarInteger(view.getBigInt64(0));
  }
}

/** Whether both are of one type and say the same. */
export function isSameValue(one: StoredValue, other: StoredValue): boolean {
  if (one.type === "null") return other.type === "null";
  if (one.type === "integer") return other.type === "integer" && one.value === other.value;
  if (one.type === "real") return other.type === "real" && one.value === other.value;
  if (other.type !== one.type || other.length !== one.length) return false;
  return isSameStretch(one.source, one.at, other.source, other.at, one.length);
}

/** A text as people read it. What is not well-formed becomes U+FFFD. */
export function decodeText(bytes: Uint8Array, encoding: TextEncoding): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (encoding === "utf8") return buffer.toString("utf8");
  const even = Buffer.from(buffer.subarray(0, buffer.length & ~1));
  return (encoding === "utf16le" ? even : even.swap16()).toString("utf16le");
}
