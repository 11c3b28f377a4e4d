import type { TextEncoding } from "./database-state.ts";
import { bytesOf } from "./payload.ts";
import { decodeText, readRecord, type StoredValue } from "./record.ts";
import type { RowCell } from "./row-cells.ts";
import type { KeyColumn } from "./table-layout.ts";
import type { VarInteger } from "./varint.ts";

/** A value as it is put in order: nothing before numbers before texts before bytes. */
type Ordered = { rank: 0 } | { rank: 1; number: VarInteger } | { rank: 2 | 3; bytes: Uint8Array };
export type OrderedKey = readonly Ordered[];

const KNOWN: readonly string[] = ["BINARY", "NOCASE", "RTRIM"];

/** The first collation of a key that only the application's own SQLite knows; null when there is none. */
export function foreignCollation(key: readonly KeyColumn[]): string | null {
  return key.find(({ collation }) => !KNOWN.includes(collation))?.collation ?? null;
}

/** The order of a WITHOUT ROWID table's rows, by SQLite's rules for values and its three built-in collations. */
export class KeyOrder {
  readonly #columns: readonly KeyColumn[];
  readonly #encoding: TextEncoding;

  constructor(columns: readonly KeyColumn[], encoding: TextEncoding) {
    this.#columns = columns;
    this.#encoding = encoding;
  }

  keyOf({ payload }: RowCell): OrderedKey {
    return this.ordered(readRecord(payload, this.#columns.length));
  }

  ordered(values: readonly StoredValue[]): OrderedKey {
    return this.#columns.map(({ collation }, index) =>
      this.#orderedValue(values[index] ?? { type: "null" }, collation),
    );
  }

  /** Below 0 when the first one comes first, 0 when both are one key. */
  compare(one: OrderedKey, other: OrderedKey): number {
    for (const [index, { collation, isDescending }] of this.#columns.entries()) {
      const order = compareValues(one[index] as Ordered, other[index] as Ordered, collation);
      if (order !== 0) return isDescending ? -order : order;
    }
    return 0;
  }

  #orderedValue(value: StoredValue, collation: string): Ordered {
    if (value.type === "null") return { rank: 0 };
    if (value.type === "integer" || value.type === "real") return { rank: 1, number: value.value };
    const bytes = bytesOf(value.source, value.at, value.at + value.length);
    if (value.type === "blob") return { rank: 3, bytes };
    // All but BINARY are made for UTF-8, to which SQLite turns other texts first.
    const inUtf8 =
      this.#encoding === "utf8" || collation === "BINARY" ? bytes : Buffer.from(decodeText(bytes, this.#encoding));
    return { rank: 2, bytes: collation === "RTRIM" ? withoutTrailingSpaces(inUtf8) : inUtf8 };
  }
}

function compareValues(one: Ordered, other: Ordered, collation: string): number {
  if (one.rank !== other.rank) return one.rank - other.rank;
  if (one.rank === 1 && other.rank === 1) return one.number < other.number ? -1 : one.number > other.number ? 1 : 0;
  if (!("bytes" in one) || !("bytes" in other)) return 0;
  return one.rank === 2 && collation === "NOCASE"
    ? compareNoCase(one.bytes, other.bytes)
    : Buffer.compare(one.bytes, other.bytes);
}

/** As SQLite's NOCASE does it: ASCII letters alone, only up to a zero byte, and then by length. */
function compareNoCase(one: Uint8Array, other: Uint8Array): number {
  const shorter = Math.min(one.length, other.length);
  for (let i = 0; i < shorter; i++) {
    const [a, b] = [lowerCase(one[i] ?? 0), lowerCase(other[i] ?? 0)];
    if (a !== b) return a - b;
    if (a === 0) break;
  }
  return one.length - other.length;
}

const lowerCase = (byte: number) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte);

function withoutTrailingSpaces(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0x20) end--;
  return bytes.subarray(0, end);
}
