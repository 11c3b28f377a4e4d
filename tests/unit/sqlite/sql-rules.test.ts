import { constants } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { judgeSql } from "../../../lib/engines/sqlite/hosted/sql-rules.ts";

const judge = (action: number, first: string | null = null, second: string | null = null, vacuuming = false) =>
  judgeSql({ action, first, second, vacuuming });

describe("rules for people's SQL", () => {
  test("no other file can be reached", () => {
    for (const name of ["/etc/passwd", "", ":memory:", null]) {
      expect(judge(constants.SQLITE_ATTACH, name)).toMatchObject({ allowed: false, what: "ATTACH" });
    }
    expect(judge(constants.SQLITE_DETACH, "main").allowed).toBe(false);
  });

  test("VACUUM may use its nameless temporary database, VACUUM INTO is refused", () => {
    expect(judge(constants.SQLITE_ATTACH, "", null, true).allowed).toBe(true);
    expect(judge(constants.SQLITE_ATTACH, "/tmp/x.db", null, true)).toMatchObject({ what: "VACUUM INTO" });
    expect(judge(constants.SQLITE_ATTACH, null, null, true).allowed).toBe(false);
  });

  test("what would change how the database is kept is denied by name, asked or set", () => {
    for (const name of [
      "journal_mode",
      "JOURNAL_MODE",
      "locking_mode",
      "wal_checkpoint",
      "wal_autocheckpoint",
      "writable_schema",
      "synchronous",
      "trusted_schema",
      "hard_heap_limit",
      "database_list",
      "temp_store_directory",
      "a_pragma_of_tomorrow",
      "constructor",
    ]) {
      for (const value of [null, "1"]) {
        expect(judge(constants.SQLITE_PRAGMA, name, value)).toMatchObject({ allowed: false, what: `PRAGMA ${name}` });
      }
    }
  });

  test("sizes may be asked for but not set", () => {
    expect(judge(constants.SQLITE_PRAGMA, "page_size")).toEqual({ allowed: true, writes: false });
    expect(judge(constants.SQLITE_PRAGMA, "page_size", "512").allowed).toBe(false);
    expect(judge(constants.SQLITE_PRAGMA, "schema_version", "1").allowed).toBe(false);
  });

  test("statements that change something are told from those that only read", () => {
    expect(judge(constants.SQLITE_READ, "t", "a")).toEqual({ allowed: true, writes: false });
    for (const action of [constants.SQLITE_INSERT, constants.SQLITE_DROP_TABLE, constants.SQLITE_REINDEX, 9999]) {
      expect(judge(action, "t")).toEqual({ allowed: true, writes: true });
    }
    expect(judge(constants.SQLITE_PRAGMA, "user_version", "3")).toEqual({ allowed: true, writes: true });
    expect(judge(constants.SQLITE_PRAGMA, "optimize")).toEqual({ allowed: true, writes: true });
  });

  test("transactions and temporary objects of one's own are denied", () => {
    expect(judge(constants.SQLITE_TRANSACTION, "BEGIN").allowed).toBe(false);
    expect(judge(constants.SQLITE_SAVEPOINT, "BEGIN", "s").allowed).toBe(false);
    expect(judge(constants.SQLITE_CREATE_TEMP_TABLE, "t").allowed).toBe(false);
  });

  test("extensions and unknown virtual tables are denied", () => {
    expect(judge(constants.SQLITE_FUNCTION, null, "load_extension").allowed).toBe(false);
    expect(judge(constants.SQLITE_CREATE_VTABLE, "f", "fts5").allowed).toBe(true);
    expect(judge(constants.SQLITE_CREATE_VTABLE, "f", "dbstat").allowed).toBe(false);
  });
});
