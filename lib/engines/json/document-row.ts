import { malformed, shown } from "./document-manifest.ts";

/** Text that is no well-formed Unicode: its bytes, in the encoding that the manifest names. */
export class RawText {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** One value. An integer is a bigint and a real a number, whatever its size: 1 and 1.0 are two values. */
export type DocumentValue = null | bigint | number | boolean | string | Uint8Array | RawText;

/** What stands before each value of a table's rows. */
export function valuePrefixes(names: readonly string[]): string[] {
  return names.map((name, i) => `${i === 0 ? "{" : ","}${JSON.stringify(name)}:`);
}

const EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/** A row as one line of JSON, without its end. Any reader of JSON gets sane values; what JSON has no word for is tagged. */
export function writeRow(prefixes: readonly string[], values: readonly DocumentValue[]): string {
  let line = "";
  for (let i = 0; i < prefixes.length; i++) line += `${prefixes[i]}${writeValue(values[i] ?? null)}`;
  return prefixes.length === 0 ? "{}" : `${line}}`;
}

function writeValue(value: DocumentValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return value > EXACT || value < -EXACT ? `{"$integer":"${value}"}` : `${value}`;
  if (typeof value === "number") return writeReal(value);
  if (typeof value === "boolean") return `${value}`;
  if (value instanceof RawText) return `{"$text":"${base64(value.bytes)}"}`;
  return `{"$blob":"${base64(value)}"}`;
}

/** The shortest digits that read back as the same real, always with a point or an exponent. */
function writeReal(value: number): string {
  if (!Number.isFinite(value)) return `{"$real":"${value}"}`;
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return Number.isInteger(value) && !text.includes("e") ? `${text}.0` : text;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const SIXTY_FOUR_BITS = 1n << 63n;

/**
 * Reads the rows of one table as `writeRow` wrote them: these names in this order, nothing within a value. So nothing nests, a name
 * like `__proto__` is a text that is compared, and a column that the manifest does not name ends it.
 */
export class RowParser {
  readonly #table: string;
  readonly #prefixes: readonly string[];
  #line = "";
  #at = 0;

  constructor(table: string, names: readonly string[]) {
    this.#table = table;
    this.#prefixes = valuePrefixes(names);
  }

  /** Throws `invalid_input`. */
  parse(line: string): DocumentValue[] {
    this.#line = line;
    this.#at = 0;
    if (this.#prefixes.length === 0) this.#skip("{");
    const values: DocumentValue[] = [];
    for (const prefix of this.#prefixes) {
      this.#skip(prefix);
      values.push(this.#value());
    }
    this.#skip("}");
    if (this.#at !== line.length) throw this.#unreadable();
    return values;
  }

  #skip(text: string): void {
    if (!this.#line.startsWith(text, this.#at)) throw this.#unreadable();
    this.#at += text.length;
  }

  #takes(text: string): boolean {
    if (!this.#line.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #value(): DocumentValue {
    switch (this.#line.charCodeAt(this.#at)) {
      case 0x22:
        return this.#text();
      case 0x6e:
        this.#skip("null");
        return null;
      case 0x74:
        this.#skip("true");
        return true;
      case 0x66:
        this.#skip("false");
        return false;
      case 0x7b:
        return this.#tagged();
      default:
        return this.#number();
    }
  }

  /** A text ends at the first quotation mark that no odd number of backslashes stands before. */
  #text(): string {
    const line = this.#line;
    const from = this.#at;
    let end = line.indexOf('"', from + 1);
    while (end !== -1 && isEscaped(line, end)) end = line.indexOf('"', end + 1);
    if (end === -1) throw this.#unreadable();
    this.#at = end + 1;
    const plain = line.slice(from + 1, end);
    return plain.includes("\\") ? this.#unescape(line.slice(from, end + 1)) : plain;
  }

  #unescape(quoted: string): string {
    try {
      const text: unknown = JSON.parse(quoted);
      if (typeof text === "string" && text.isWellFormed()) return text;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    throw this.#unreadable();
  }

  #number(): bigint | number {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#line);
    if (!found) throw this.#unreadable();
    this.#at = NUMBER.lastIndex;
    const [text, point, exponent] = found;
    if (point === undefined && exponent === undefined) return this.#integer(text);
    const real = Number(text);
    if (!Number.isFinite(real)) throw this.#unreadable();
    return real;
  }

  #integer(digits: string): bigint {
    if (!/^-?\d{1,19}$/.test(digits)) throw this.#unreadable();
    const integer = BigInt(digits);
    if (integer >= SIXTY_FOUR_BITS || integer < -SIXTY_FOUR_BITS) throw this.#unreadable();
    return integer;
  }

  #tagged(): DocumentValue {
    if (this.#takes('{"$blob":')) return this.#close(this.#bytes());
    if (this.#takes('{"$text":')) return this.#close(new RawText(this.#bytes()));
    if (this.#takes('{"$integer":')) return this.#close(this.#integer(this.#text()));
    this.#skip('{"$real":');
    const real = this.#text();
    if (real !== "Infinity" && real !== "-Infinity" && real !== "NaN") throw this.#unreadable();
    return this.#close(Number(real));
  }

  #bytes(): Uint8Array {
    const text = this.#text();
    const bytes = Buffer.from(text, "base64");
    // What is no base64 is left out by Node; a pattern would need a stack as deep as the text is long.
    if (bytes.toString("base64") !== text) throw this.#unreadable();
    return bytes;
  }

  #close<T>(value: T): T {
    this.#skip("}");
    return value;
  }

  #unreadable(): Error {
    return malformed(`a row of table ${shown(this.#table)} is not made of its columns`);
  }
}

function isEscaped(line: string, at: number): boolean {
  let backslashes = 0;
  while (line.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}
