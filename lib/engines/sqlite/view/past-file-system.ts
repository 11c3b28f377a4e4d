import type { PageSource } from "../../engine.ts";
import type { Pointer, WasmSqlite } from "./wasm-sqlite.ts";

/** The only file there is. */
export const PAST_FILE = "past";
export const PAST_FILE_SYSTEM = "past";

const OK = 0;
const READ_ONLY = 8;
const READ_ERROR = 266;
const SHORT_READ = 522;
const CANNOT_OPEN = 14;
const NOT_FOUND = 12;
const OPEN_MAIN_DB = 0x100;
const OPEN_READ_ONLY = 1;
const IMMUTABLE = 0x2000;
/** Of page 1: the file format's write and read version; 2 is WAL, 1 is a rollback journal. */
const VERSIONS_AT = 18;
const UNIX_EPOCH_DAYS = 2_440_587.5;
const DAY_MS = 86_400_000;

/** A file system for SQLite in which exactly one file exists, read-only: the pages of a source. */
export class PastFileSystem {
  readonly #sqlite: WasmSqlite;
  #source: PageSource | null = null;
  /** What a read failed with, since SQLite can only be told that it did. */
  failure: unknown = null;

  constructor(sqlite: WasmSqlite) {
    this.#sqlite = sqlite;
    const { capi, wasm, vfs } = sqlite;
    const io = new capi.sqlite3_io_methods();
    const system = new capi.sqlite3_vfs();
    io.$iVersion = 1;
    system.$iVersion = 2;
    system.$szOsFile = capi.sqlite3_file.structInfo.sizeof;
    system.$mxPathname = 64;
    // One function each: the module knows a function by one signature, and these have several.
    const refuseToWrite = () => () => READ_ONLY;
    const ok = () => () => OK;
    const days = () => UNIX_EPOCH_DAYS + Date.now() / DAY_MS;
    vfs.installVfs({
      io: {
        struct: io,
        methods: {
          xClose: ok(),
          xRead: (_file: Pointer, into: Pointer, bytes: number, at: bigint) => this.#read(into, bytes, Number(at)),
          xWrite: refuseToWrite(),
          xTruncate: refuseToWrite(),
          xSync: ok(),
          xFileSize: (_file: Pointer, out: Pointer) => {
            wasm.poke(out, BigInt(this.#sizeBytes()), "i64");
            return OK;
          },
          xLock: ok(),
          xUnlock: ok(),
          xCheckReservedLock: (_file: Pointer, out: Pointer) => {
            wasm.poke(out, 0, "i32");
            return OK;
          },
          xFileControl: () => NOT_FOUND,
          xSectorSize: () => 4096,
          xDeviceCharacteristics: () => IMMUTABLE,
        },
      },
      vfs: {
        struct: system,
        name: PAST_FILE_SYSTEM,
        methods: {
          xOpen: (_system: Pointer, name: Pointer, file: Pointer, flags: number, out: Pointer) => {
            const isOurs = name !== 0 && wasm.cstrToJs(name) === PAST_FILE && (flags & OPEN_MAIN_DB) !== 0;
            const isThere = isOurs && this.#source !== null;
            const opened = new capi.sqlite3_file(file);
            // Without methods SQLite does not close what was never open.
            opened.$pMethods = isThere ? io.pointer : 0;
            opened.dispose();
            if (!isThere) return CANNOT_OPEN;
            if (out) wasm.poke(out, OPEN_READ_ONLY, "i32");
            return OK;
          },
          xDelete: refuseToWrite(),
          xAccess: (_system: Pointer, _name: Pointer, _flags: number, out: Pointer) => {
            wasm.poke(out, 0, "i32");
            return OK;
          },
          xFullPathname: (_system: Pointer, name: Pointer, bytes: number, out: Pointer) =>
            wasm.cstrncpy(out, name, bytes) < bytes ? OK : CANNOT_OPEN,
          xRandomness: (_system: Pointer, bytes: number, out: Pointer) => {
            crypto.getRandomValues(wasm.heap8u().subarray(out, out + bytes));
            return bytes;
          },
          xSleep: ok(),
          xCurrentTime: (_system: Pointer, out: Pointer) => {
            wasm.poke(out, days(), "double");
            return OK;
          },
          xCurrentTimeInt64: (_system: Pointer, out: Pointer) => {
            wasm.poke(out, BigInt(Math.round(days() * DAY_MS)), "i64");
            return OK;
          },
          xGetLastError: ok(),
        },
      },
    });
  }

  /** What the file holds from now on; no connection has it open. Null: there is no file. */
  show(source: PageSource | null): void {
    this.#source = source;
    this.failure = null;
  }

  #sizeBytes(): number {
    return this.#source ? this.#source.pageSize * this.#source.pageCount : 0;
  }

  #read(into: Pointer, bytes: number, at: number): number {
    const source = this.#source;
    if (!source) return READ_ERROR;
    try {
      const end = Math.min(at + bytes, this.#sizeBytes());
      for (let done = at; done < end; ) {
        const page = Math.floor(done / source.pageSize);
        const from = done - page * source.pageSize;
        const upTo = Math.min(source.pageSize, end - page * source.pageSize);
        const content = source.read(page + 1).subarray(from, upTo);
        // Looked up each time: the memory may have grown.
        this.#sqlite.wasm.heap8u().set(content, into + done - at);
        done += content.length;
      }
      const heap = this.#sqlite.wasm.heap8u();
      // What the log holds is in the pages already; SQLite must not look for one.
      for (const version of [VERSIONS_AT, VERSIONS_AT + 1]) {
        if (version >= at && version < end) heap[into + version - at] = 1;
      }
      if (end === at + bytes) return OK;
      heap.fill(0, into + Math.max(0, end - at), into + bytes);
      return SHORT_READ;
    } catch (error) {
      this.failure = error;
      return READ_ERROR;
    }
  }
}
