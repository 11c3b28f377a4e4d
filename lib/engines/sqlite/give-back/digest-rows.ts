import { createHash } from "node:crypto";
import type { RowPlan } from "./plan-rows.ts";
import { keyColumns, nowColumns, rowsOf, thenColumns } from "./staged-tables.ts";

/**
 * Binds what a person confirms: what was chosen, and every row as it is and as it will be. Texts go in as their bytes, whether or
 * not they are well-formed.
 */
export function digestRows({ connection, question, tables, refused }: RowPlan): string {
  const hash = createHash("sha256");
  const { databaseId, fromBookmark, tables: asked, includeParents, leftImage } = question;
  hash.update(JSON.stringify({ databaseId, fromBookmark, asked, includeParents, undo: leftImage !== null, refused }));
  for (const table of tables) {
    hash.update(JSON.stringify([table.shape.name, table.schemaText, table.common, table.isMadeAgain]));
    const values = [...keyColumns(table), ...nowColumns(table), ...thenColumns(table)];
    const exact = values.map(
      (name) => `typeof(${name}), CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`,
    );
    const read = connection.prepare(`SELECT hb, ha, c, ${exact.join(", ")} FROM ${rowsOf(table)} ORDER BY n`);
    read.setReadBigInts(true);
    read.setReturnArrays(true);
    for (const row of read.iterate() as Iterable<unknown>) {
      for (const value of row as (null | bigint | number | string | Uint8Array)[]) {
        if (value instanceof Uint8Array) hash.update(`b${value.length};`).update(value);
        else if (typeof value === "number") hash.update(Buffer.from(Float64Array.of(value).buffer));
        else hash.update(`${value};`);
      }
    }
  }
  return hash.digest("hex");
}
