import type { DiffCell } from "../../../domain/diff.ts";
import type { TextEncoding } from "./database-state.ts";
import { bytesOf } from "./payload.ts";
import { decodeText, type StoredValue } from "./record.ts";

/** What is longer is cut. */
const MOST_CHARS = 500;
const MOST_BLOB_BYTES = 96;
const MOST_BYTES_A_CHAR = 4;

/** A value as answers show it. */
export function toDiffCell(value: StoredValue, encoding: TextEncoding): DiffCell {
  if (value.type === "null") return null;
  if (value.type === "integer") return typeof value.value === "bigint" ? { integer: String(value.value) } : value.value;
  if (value.type === "real") return realCell(value.value);
  if (value.type === "text") return textCell(value, encoding);
  const bytes = bytesOf(value.source, value.at, value.at + Math.min(value.length, MOST_BLOB_BYTES));
  return { blob: Buffer.from(bytes).toString("base64"), bytes: value.length };
}

/** JSON knows no infinity, and its 3 would say nothing of 3.0. */
function realCell(value: number): DiffCell {
  if (Number.isFinite(value) && !Number.isInteger(value)) return value;
  return {
    real: Number.isInteger(value) ? (Object.is(value, -0) ? "-0.0" : asReal(value)) : value > 0 ? "Inf" : "-Inf",
  };
}

function asReal(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

type LongValue = Extract<StoredValue, { source: unknown }>;

function textCell({ source, at, length }: LongValue, encoding: TextEncoding): DiffCell {
  const shown = decodeText(bytesOf(source, at, at + Math.min(length, MOST_CHARS * MOST_BYTES_A_CHAR)), encoding);
  const characters = [...shown.slice(0, MOST_CHARS * 2)];
  if (length <= MOST_CHARS * MOST_BYTES_A_CHAR && characters.length <= MOST_CHARS) return shown;
  return { text: characters.slice(0, MOST_CHARS).join(""), chars: countCharacters({ source, at, length }, encoding) };
}

/** Code points, without decoding all of a text that may be very long. */
function countCharacters(
  { source, at, length }: Pick<LongValue, "source" | "at" | "length">,
  encoding: TextEncoding,
): number {
  let count = 0;
  const highByte = encoding === "utf16le" ? 1 : 0;
  for (let done = 0; done < length; ) {
    const piece = source.piece(at + done).subarray(0, length - done);
    for (const [index, byte] of piece.entries()) {
      // Every byte but those that go on a character; of UTF-16 every unit but the second one of a pair.
      if (encoding === "utf8") count += (byte & 0xc0) === 0x80 ? 0 : 1;
      else if ((done + index) % 2 === highByte) count += (byte & 0xfc) === 0xdc ? 0 : 1;
    }
    done += piece.length;
  }
  return count;
}
