const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A name as SQL takes it, whatever is in it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL takes it. Text that holds a NUL would end there: see `textLiteral`. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Numbers and bytes so that SQLite reads the very same value again; the shortest digits of a real do that. */
export function valueLiteral(value: null | number | bigint | Uint8Array): string {
  if (value === null) return "NULL";
  // The lowest integer has no literal: its digits alone would be one too many.
  if (typeof value === "bigint") return value === -(2n ** 63n) ? "(-9223372036854775807-1)" : `${value}`;
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString("hex").toUpperCase()}'`;
  if (value === Number.POSITIVE_INFINITY) return "9e999";
  if (value === Number.NEGATIVE_INFINITY) return "-9e999";
  if (Object.is(value, -0)) return "-0.0";
  const digits = String(value);
  return /[.e]/.test(digits) ? digits : `${digits}.0`;
}

/** How a database keeps its texts, as `PRAGMA encoding` names it. */
export type TextEncoding = "UTF-8" | "UTF-16le" | "UTF-16be";

/** A text by its bytes. Bytes that are no text, or hold a NUL, go as a blob that becomes text again where text is UTF-8. */
export function textLiteral(bytes: Uint8Array, encoding: TextEncoding): string {
  const text = decode(bytes, encoding);
  if (text !== null && !text.includes("\0")) return quoteText(text);
  return `CAST(${valueLiteral(text === null ? bytes : Buffer.from(text))} AS TEXT)`;
}

function decode(bytes: Uint8Array, encoding: TextEncoding): string | null {
  if (encoding !== "UTF-8") return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
