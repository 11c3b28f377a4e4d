import { KeyOrder } from "./key-order.ts";
import type { StoredValue } from "./record.ts";
import type { RowCell } from "./row-cells.ts";
import { formatRowKey, keyValues } from "./row-key.ts";
import type { TablePair, TableSide } from "./table-pair.ts";
import { readRow } from "./table-row.ts";

/** The rows of a rowid table that are named by its primary key, in both states. */
export class NamedRows {
  readonly #pair: TablePair;
  readonly #order: KeyOrder;

  /** Null for a table whose rows are named by what its tree is ordered by, in either state. */
  static of(pair: TablePair): NamedRows | null {
    const sides = [pair.from, pair.to].filter((side) => side !== null);
    const keys = new Set(sides.map(({ layout }) => JSON.stringify(layout.names?.columns ?? null)));
    const [side] = sides;
    const names = side?.layout.names;
    return names && keys.size === 1 ? new NamedRows(pair, new KeyOrder(names.columns, side.state.encoding)) : null;
  }

  private constructor(pair: TablePair, order: KeyOrder) {
    this.#pair = pair;
    this.#order = order;
  }

  isSameName(from: RowCell, to: RowCell): boolean {
    const [one, other] = [valuesOf(this.#pair.from, from), valuesOf(this.#pair.to, to)];
    return this.#order.compare(this.#order.ordered(one), this.#order.ordered(other)) === 0;
  }

  /** The name as the opaque text that people hand around. */
  nameOf(side: "from" | "to", cell: RowCell): string {
    const { from, to } = this.#pair;
    const own = side === "from" ? from : to;
    return formatRowKey({ values: keyValues(valuesOf(own, cell), own?.state.encoding ?? "utf8") });
  }
}

function valuesOf(side: TableSide | null, cell: RowCell): StoredValue[] {
  const row = side ? readRow(side.layout, cell) : [];
  return side?.layout.names?.places.map((place) => row[place] ?? { type: "null" }) ?? [];
}
