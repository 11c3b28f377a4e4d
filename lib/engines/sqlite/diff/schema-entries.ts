import type { DatabaseState } from "./database-state.ts";
import type { Payload } from "./payload.ts";
import { decodeText, readRecord, type StoredValue } from "./record.ts";
import { RowCells } from "./row-cells.ts";

/** One row of sqlite_schema. `sql` is null for the indexes that SQLite makes itself. */
export type SchemaEntry = {
  type: "table" | "index" | "view" | "trigger";
  name: string;
  table: string;
  /** 0 for what has no pages of its own: views, triggers, virtual tables. */
  root: number;
  sql: string | null;
};

const SCHEMA_ROOT = 1;
const TYPES: readonly string[] = ["table", "index", "view", "trigger"];

/** What a state holds, in the order in which it was made. */
export function readSchema(state: DatabaseState): SchemaEntry[] {
  const entries: SchemaEntry[] = [];
  if (state.isEmpty) return entries;
  const cells = new RowCells(state, SCHEMA_ROOT, "rowid");
  for (let cell = cells.next(); cell; cell = cells.next()) {
    const [type, name, table, root, sql] = readRecord(cell.payload, 5);
    const text = (value: StoredValue | undefined) => readText(cell.payload, value);
    const kind = text(type) ?? "";
    if (!TYPES.includes(kind)) continue;
    entries.push({
      type: kind as SchemaEntry["type"],
      name: text(name) ?? "",
      table: text(table) ?? "",
      root: root?.type === "integer" ? Number(root.value) : 0,
      sql: text(sql),
    });
  }
  return entries;
}

function readText(payload: Payload, value: StoredValue | undefined): string | null {
  if (value?.type !== "text") return null;
  return decodeText(payload.bytes(value.at, value.at + value.length), payload.state.encoding);
}
