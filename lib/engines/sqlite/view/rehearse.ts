import type { PageSource } from "../../engine.ts";
import type { ViewConnection } from "./view-connection.ts";
import type { WasmSqlite } from "./wasm-sqlite.ts";

const OPEN_READ_WRITE = 0x2;
const OPEN_CREATE = 0x4;
const OPEN_MEMORY = 0x80;

/** Reads a database made up in memory, so that the first one that matters meets code that has been compiled. */
export function rehearse(sqlite: WasmSqlite, connection: ViewConnection): void {
  connection.open(asSource(makeImage(sqlite)));
  for (const sql of [
    "SELECT type, name, sql FROM sqlite_schema ORDER BY name",
    "SELECT * FROM t WHERE a > 2 ORDER BY b DESC LIMIT 2",
    "SELECT count(*), max(b) FROM t GROUP BY c",
    "PRAGMA table_xinfo(t)",
  ]) {
    connection.run({ sql, params: null });
  }
  connection.close();
}

function makeImage({ capi, wasm }: WasmSqlite): Uint8Array {
  const scope = wasm.scopedAllocPush();
  try {
    const out = wasm.scopedAllocPtr();
    capi.sqlite3_open_v2(":memory:", out, OPEN_READ_WRITE | OPEN_CREATE | OPEN_MEMORY, null);
    const db = wasm.peekPtr(out);
    capi.sqlite3_exec(
      db,
      "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB); CREATE INDEX by_b ON t (b); INSERT INTO t VALUES (1, 'x', x'00'), (2, 'y', NULL), (3, 'z', 1.5)",
      0,
      0,
      0,
    );
    const image = capi.sqlite3_js_db_export(db);
    capi.sqlite3_close_v2(db);
    return image;
  } finally {
    wasm.scopedAllocPop(scope);
  }
}

function asSource(image: Uint8Array): PageSource {
  const pageSize =
    (((image[16] ?? 0) << 8) | (image[17] ?? 0)) === 1 ? 65_536 : ((image[16] ?? 0) << 8) | (image[17] ?? 0);
  return {
    pageSize,
    pageCount: image.length / pageSize,
    read: (page) => image.subarray((page - 1) * pageSize, page * pageSize),
    close: () => undefined,
  };
}
