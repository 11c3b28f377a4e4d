import type { SqlValue } from "../../engine.ts";
import { asShort } from "../hosted/statement-values.ts";
import type { Pointer, WasmSqlite } from "./wasm-sqlite.ts";

/** https://www.sqlite.org/c3ref/c_blob.html */
const INTEGER = 1;
const FLOAT = 2;
const TEXT = 3;
const BLOB = 4;

/** Binds values in their order; answers SQLite's result code. Whole numbers are bound as INTEGER. */
export function bindValues({ capi }: WasmSqlite, statement: Pointer, values: readonly SqlValue[]): number {
  for (const [i, value] of values.entries()) {
    const code = bindValue(capi, statement, i + 1, value);
    if (code !== 0) return code;
  }
  return 0;
}

function bindValue(capi: WasmSqlite["capi"], statement: Pointer, index: number, value: SqlValue): number {
  if (value === null) return capi.sqlite3_bind_null(statement, index);
  if (typeof value === "bigint") return capi.sqlite3_bind_int64(statement, index, value);
  if (typeof value === "string") {
    return capi.sqlite3_bind_text(statement, index, value, -1, capi.SQLITE_WASM_DEALLOC);
  }
  if (value instanceof Uint8Array) {
    return capi.sqlite3_bind_blob(statement, index, value, value.length, capi.SQLITE_WASM_DEALLOC);
  }
  const isWhole = Number.isSafeInteger(value) && !Object.is(value, -0);
  return isWhole
    ? capi.sqlite3_bind_int64(statement, index, BigInt(value))
    : capi.sqlite3_bind_double(statement, index, value);
}

/** The values of the row that a statement stands on; copies, exact. */
export function readRow(sqlite: WasmSqlite, statement: Pointer, columns: number): SqlValue[] {
  return Array.from({ length: columns }, (_, column) => readColumn(sqlite, statement, column));
}

function readColumn({ capi, wasm }: WasmSqlite, statement: Pointer, column: number): SqlValue {
  const type = capi.sqlite3_column_type(statement, column);
  if (type === INTEGER) return asShort(capi.sqlite3_column_int64(statement, column));
  if (type === FLOAT) return capi.sqlite3_column_double(statement, column);
  if (type !== TEXT && type !== BLOB) return null;
  const { exports } = wasm;
  // The pointer first: asking for it may change how many bytes there are.
  const at =
    type === TEXT ? exports.sqlite3_column_text(statement, column) : exports.sqlite3_column_blob(statement, column);
  const bytes = wasm.heap8u().subarray(at, at + exports.sqlite3_column_bytes(statement, column));
  if (type === BLOB) return Uint8Array.from(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}
