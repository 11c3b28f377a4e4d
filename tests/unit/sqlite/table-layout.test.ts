import { describe, expect, test } from "vitest";
import { foreignCollation } from "../../../lib/engines/sqlite/diff/key-order.ts";
import { readLayout, type TableLayout } from "../../../lib/engines/sqlite/diff/table-layout.ts";

function layoutOf(sql: string, name = "t"): TableLayout {
  const layout = readLayout(name, sql, "utf8", false);
  if (!layout) throw new Error(`${sql} is not understood`);
  return layout;
}

const rowidColumn = (sql: string) => layoutOf(sql).columns.find(({ isRowid }) => isRowid)?.name ?? null;

describe("how a table is stored", () => {
  test("INTEGER PRIMARY KEY stands for the rowid, and what only looks like it does not", () => {
    expect(rowidColumn("CREATE TABLE t (id INTEGER PRIMARY KEY, a)")).toBe("id");
    expect(rowidColumn("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)")).toBe("id");
    expect(rowidColumn("CREATE TABLE t (a, id INTEGER, PRIMARY KEY (id))")).toBe("id");
    expect(rowidColumn("CREATE TABLE t (id INT PRIMARY KEY, a)")).toBeNull();
    expect(rowidColumn("CREATE TABLE t (id INTEGER PRIMARY KEY DESC, a)")).toBeNull();
    expect(rowidColumn("CREATE TABLE t (id INTEGER PRIMARY KEY, a) WITHOUT ROWID")).toBeNull();
  });

  test("WITHOUT ROWID puts the key first, each column once, and leaves out what is not stored", () => {
    const { columns, key } = layoutOf(
      "CREATE TABLE t (a TEXT COLLATE nocase, b, c AS (b + 1), d AS (b + 2) STORED, PRIMARY KEY (b DESC, a, b)) WITHOUT ROWID",
    );
    expect(key).toEqual([
      { collation: "BINARY", isDescending: true },
      { collation: "NOCASE", isDescending: false },
    ]);
    expect(columns.map(({ name, storedAt }) => [name, storedAt])).toEqual([
      ["a", 1],
      ["b", 0],
      ["d", 2],
    ]);
  });

  test("functions and collations of the application's own are no obstacle", () => {
    expect(layoutOf("CREATE TABLE t (a CHECK (is_valid(a)), b)").columns).toHaveLength(2);
    const { key } = layoutOf("CREATE TABLE t (a TEXT COLLATE german PRIMARY KEY, b) WITHOUT ROWID");
    expect(foreignCollation(key)).toBe("GERMAN");
    expect(foreignCollation([{ collation: "RTRIM", isDescending: false }])).toBeNull();
  });

  test("defaults have their column's affinity", () => {
    const { columns } = layoutOf(
      "CREATE TABLE t (a TEXT DEFAULT 12, b INTEGER DEFAULT '7', c REAL DEFAULT 3, d DEFAULT -1)",
    );
    expect(columns.map((column) => column.default)).toMatchObject([
      { type: "text", length: 2 },
      { type: "integer", value: 7 },
      { type: "real", value: 3 },
      { type: "integer", value: -1 },
    ]);
  });

  test("what is no table, or no SQL, is not understood", () => {
    expect(readLayout("t", "CREATE VIRTUAL TABLE t USING fts5(a)", "utf8", false)).toBeNull();
    expect(readLayout("t", "CREATE TABLE t (", "utf8", false)).toBeNull();
    expect(readLayout("t", "ATTACH '/etc/passwd' AS x", "utf8", false)).toBeNull();
  });
});
