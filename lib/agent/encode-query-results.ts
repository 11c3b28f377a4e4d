import type { QueryResult, SqlValue } from "../engines/engine.ts";

/** What an answer says besides of where it comes from: the D1 API names it in each result. */
export type ServedBy = { name: string; region: string };

type RawJson = { readonly rawJSON: string };
const rawJson = (JSON as unknown as { rawJSON(text: string): RawJson }).rawJSON;

/**
 * The JSON text of query results. 64-bit integers keep all their digits, blobs become arrays of integers, the real
 * numbers that JSON lacks become null.
 */
export function encodeQueryResults(results: readonly QueryResult[], servedBy?: ServedBy): string {
  return JSON.stringify(
    results.map(({ results: rows, lists, meta }) => ({
      results: lists
        ? { columns: lists.columns, rows: lists.rows.map((row) => row.map(encode)) }
        : rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, encode(value)]))),
      success: true,
      meta: {
        ...(servedBy && {
          served_by: servedBy.name,
          served_by_region: servedBy.region,
          served_by_primary: true,
          timings: { sql_duration_ms: meta.durationMs },
        }),
        duration: meta.durationMs,
        changes: meta.changes,
        last_row_id: encode(meta.lastRowId),
        changed_db: meta.changedDb,
        rows_read: meta.rowsRead,
        rows_written: meta.rowsWritten,
        size_after: meta.sizeAfterBytes,
      },
    })),
  );
}

function encode(value: SqlValue): null | number | string | number[] | RawJson {
  if (typeof value === "bigint") return rawJson(value.toString());
  if (value instanceof Uint8Array) return Array.from(value);
  if (typeof value === "number" && !Number.isFinite(value)) return null;
  return value;
}
