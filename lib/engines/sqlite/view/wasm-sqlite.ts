import initialise from "@sqlite.org/sqlite-wasm";

/** A place in the module's memory. */
export type Pointer = number;
/** A callback of SQLite's; pointers, numbers and 64-bit integers in the order of its C signature. */
type Method = (...args: never[]) => number;
type Struct = { pointer: Pointer; $iVersion: number; $szOsFile: number; $mxPathname: number };

/** Of SQLite in WebAssembly what views use, by the names of its C interface (https://www.sqlite.org/c3ref/funclist.html). */
export type WasmSqlite = {
  capi: {
    sqlite3_vfs: new () => Struct;
    sqlite3_io_methods: new () => Struct;
    sqlite3_file: { new (at: Pointer): { $pMethods: Pointer; dispose(): void }; structInfo: { sizeof: number } };
    sqlite3_open_v2(name: string, out: Pointer, flags: number, vfs: string | null): number;
    sqlite3_close_v2(db: Pointer): number;
    sqlite3_extended_result_codes(db: Pointer, on: number): number;
    sqlite3_exec(db: Pointer, sql: string, callback: 0, context: 0, error: 0): number;
    sqlite3_js_db_export(db: Pointer): Uint8Array;
    sqlite3_db_config(db: Pointer, option: number, on: number, out: Pointer): number;
    sqlite3_limit(db: Pointer, limit: number, value: number): number;
    sqlite3_set_authorizer(
      db: Pointer,
      judge: (context: Pointer, action: number, first: string | 0, second: string | 0) => number,
      context: 0,
    ): number;
    sqlite3_progress_handler(db: Pointer, steps: number, isOver: () => number, context: 0): void;
    sqlite3_prepare_v3(db: Pointer, sql: Pointer, bytes: number, flags: 0, out: Pointer, tail: Pointer): number;
    sqlite3_finalize(statement: Pointer): number;
    sqlite3_step(statement: Pointer): number;
    sqlite3_stmt_readonly(statement: Pointer): number;
    sqlite3_bind_parameter_count(statement: Pointer): number;
    sqlite3_bind_null(statement: Pointer, index: number): number;
    sqlite3_bind_int64(statement: Pointer, index: number, value: bigint): number;
    sqlite3_bind_double(statement: Pointer, index: number, value: number): number;
    sqlite3_bind_text(statement: Pointer, index: number, value: string, bytes: -1, free: number): number;
    sqlite3_bind_blob(statement: Pointer, index: number, value: Uint8Array, bytes: number, free: number): number;
    sqlite3_column_count(statement: Pointer): number;
    sqlite3_column_name(statement: Pointer, column: number): string;
    sqlite3_column_type(statement: Pointer, column: number): number;
    sqlite3_column_int64(statement: Pointer, column: number): bigint;
    sqlite3_column_double(statement: Pointer, column: number): number;
    sqlite3_errmsg(db: Pointer): string;
    sqlite3_errstr(code: number): string;
    SQLITE_WASM_DEALLOC: number;
  };
  wasm: {
    heap8u(): Uint8Array;
    peekPtr(at: Pointer): Pointer;
    poke(at: Pointer, value: number | bigint, type: "i32" | "i64" | "double"): void;
    cstrToJs(at: Pointer): string;
    cstrncpy(to: Pointer, from: Pointer, bytes: number): number;
    scopedAllocPush(): Pointer;
    scopedAllocPop(scope: Pointer): void;
    scopedAllocPtr(): Pointer;
    scopedAllocCString(text: string, withLength: true): [Pointer, number];
    exports: {
      sqlite3_column_text(statement: Pointer, column: number): Pointer;
      sqlite3_column_blob(statement: Pointer, column: number): Pointer;
      sqlite3_column_bytes(statement: Pointer, column: number): number;
    };
  };
  vfs: {
    installVfs(parts: {
      io: { struct: Struct; methods: Record<string, Method> };
      vfs: { struct: Struct; methods: Record<string, Method>; name: string };
    }): void;
  };
};

const PAGE_BYTES = 65_536;
const INITIAL_BYTES = 8 * 1024 * 1024;

/**
 * SQLite compiled to WebAssembly, in a memory of at most `memoryBytes`: it reaches no file and no function of this process but
 * those that it is handed. It keeps no temporary files and cannot load extensions.
 */
export async function loadWasmSqlite(memoryBytes: number): Promise<WasmSqlite> {
  const wasmMemory = new WebAssembly.Memory({
    initial: INITIAL_BYTES / PAGE_BYTES,
    maximum: Math.ceil(memoryBytes / PAGE_BYTES),
  });
  const load = initialise as unknown as (options: { wasmMemory: WebAssembly.Memory }) => Promise<WasmSqlite>;
  return load({ wasmMemory });
}
