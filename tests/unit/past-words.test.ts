import { describe, expect, it } from "vitest";
import { cellAsClusterSql, cellAsCsv, cellAsSql, isCut } from "../../components/diff/cell-source.ts";
import { GOING_BACK, logShare, lossRows, lossSentence } from "../../components/diff/loss-words.ts";
import {
  countSelected,
  isRowSelected,
  NO_ROWS,
  selectionOf,
  selectKind,
  selectRow,
} from "../../components/diff/row-selection.ts";
import { rowsAsCsv, rowsAsInserts, splitCut } from "../../components/diff/write-rows.ts";
import { selectedTables } from "../../components/give-back/selected-tables.ts";
import { groupTables, pickTable } from "../../components/past/group-tables.ts";
import { pastHref, readPastAddress } from "../../components/past/past-address.ts";
import { firstStatement, quoteName } from "../../components/past/quote-name.ts";
import { showCell, storageOf } from "../../components/past/show-cell.ts";
import { readSqlAnswer } from "../../lib/client/read-sql-answer.ts";
import { formatBookmark } from "../../lib/domain/bookmark.ts";
import type { DatabaseDiff, DiffRow, TableDiff } from "../../lib/domain/diff.ts";

const bookmark = (txid: number) => formatBookmark({ txid, historyTag: "a".repeat(16), recordTag: "b".repeat(16) });
const table = (name: string, counts: Partial<TableDiff>): TableDiff => ({
  name,
  added: 0,
  removed: 0,
  changed: 0,
  exact: true,
  how: "pages",
  reason: null,
  ...counts,
});
const diff = (tables: TableDiff[], part: Partial<DatabaseDiff> = {}): DatabaseDiff => ({
  from: { bookmark: bookmark(1), timeMs: 1, txid: 1 },
  to: { bookmark: bookmark(2), timeMs: 2, txid: 2 },
  state: "complete",
  progress: null,
  tables,
  sameTables: ["zebra", "apple"],
  schema: [],
  durationMs: 1,
  ...part,
});
const row = (key: string, kind: DiffRow["kind"], cells: DiffRow["before"] = [key]): DiffRow =>
  kind === "added" ? { key, kind, before: null, after: cells } : { key, kind, before: cells, after: null };

describe("which rows are ticked", () => {
  it("all of a kind stands for rows that are not loaded, and one of them cannot be taken out", () => {
    const all = selectKind(NO_ROWS, "orders", "removed", true);
    expect(isRowSelected(selectionOf(all, "orders"), row("1", "removed"))).toBe(true);
    expect(selectRow(all, "orders", row("1", "removed"), false, null)).toBe(all);
    expect(countSelected(all, diff([table("orders", { removed: 1204 })]))).toEqual({ rows: 1204, tables: 1 });
  });

  it("where all are loaded, taking one out leaves the others", () => {
    const all = selectKind(NO_ROWS, "orders", "removed", true);
    const but = selectRow(all, "orders", row("2", "removed"), false, ["1", "2", "3"]);
    expect(selectedTables(but)).toEqual([{ name: "orders", keys: ["1", "3"] }]);
  });

  it("rows that came since are never ticked, and nothing ticked leaves no table behind", () => {
    expect(selectRow(NO_ROWS, "orders", row("9", "added"), true, null)).toBe(NO_ROWS);
    const one = selectRow(NO_ROWS, "orders", row("1", "changed"), true, null);
    expect(selectRow(one, "orders", row("1", "changed"), false, null).size).toBe(0);
  });
});

describe("rows written down", () => {
  const columns = [
    { name: "id", type: "INTEGER", key: true },
    { name: "order", type: "REAL", key: false },
    { name: "note", type: "TEXT", key: false },
  ];

  it("an INSERT quotes names and texts, keeps big integers, reals and bytes as they were", () => {
    const rows = [row("1", "removed", [{ integer: "9007199254740993" }, 2, "it's\n"])];
    expect(rowsAsInserts({ table: "Orders", columns, rows })).toBe(
      `INSERT INTO "Orders" (id, "order", note) VALUES (9007199254740993, 2.0, 'it''s\n');\n`,
    );
    expect(cellAsSql({ blob: btoa("\x00\xff"), bytes: 2 }, "BLOB")).toBe("x'00ff'");
    expect(cellAsSql({ real: "-Infinity" }, "REAL")).toBe("-9e999");
    expect(cellAsSql("a\0b", "TEXT")).toBe("CAST(x'610062' AS TEXT)");
  });

  it("an INSERT into a cluster leaves its table's name as it is written, and quotes every column", () => {
    const rows = [row("1", "removed", [{ integer: "9007199254740993" }, { real: "Infinity" }, "it's"])];
    const inserts = rowsAsInserts({ table: 'sales."Order"', columns, rows }, "postgres");
    expect(inserts).toBe(
      `INSERT INTO sales."Order" ("id", "order", "note") VALUES (9007199254740993, 'Infinity', 'it''s');\n`,
    );
    expect(cellAsClusterSql({ blob: btoa("\x00\xff"), bytes: 2 })).toBe("'\\x00ff'");
  });

  it("a CSV tells null from an empty text, and quotes what would break a line", () => {
    const rows = [row("1", "removed", [1, null, ""]), row("2", "removed", [2, 0.5, 'a "b", c'])];
    expect(rowsAsCsv({ table: "orders", columns, rows })).toBe('id,order,note\r\n1,,""\r\n2,0.5,"a ""b"", c"\r\n');
    expect(cellAsCsv({ blob: btoa("a"), bytes: 1 })).toBe("x'61'");
  });

  it("rows with values that were cut are left out, and counted", () => {
    expect(isCut({ text: "abc", chars: 900 })).toBe(true);
    expect(isCut({ blob: btoa("abc"), bytes: 3 })).toBe(false);
    expect(
      splitCut([row("1", "removed", [{ blob: btoa("abc"), bytes: 4 }]), row("2", "removed", ["b"])]),
    ).toMatchObject({
      whole: [{ key: "2" }],
      cut: 1,
    });
  });
});

describe("the tables of a moment", () => {
  const orders = table("orders", { removed: 5, added: 1 });
  const visits = table("visits", { added: 900 });

  it("those that differ stand first, the one that lost most rows is shown first", () => {
    const found = diff([visits, orders, table("search", { how: "not-compared", reason: "A virtual table." })]);
    const groups = groupTables(null, found);
    expect(groups?.map(({ title, tables }) => [title, tables.map(({ name }) => name)])).toEqual([
      ["Different from now", ["visits", "orders"]],
      ["Same as now · 2", ["apple", "zebra"]],
      ["Not compared", ["search"]],
    ]);
    expect(pickTable(groups, found)).toBe("orders");
  });

  it("while it is counted, a table that is not known yet is never said to be the same", () => {
    const stored = [{ name: "late", kind: "table" as const, columns: [] }];
    const groups = groupTables(stored, diff([], { state: "counting", sameTables: [] }));
    expect(groups).toMatchObject([{ title: "Still being compared", tables: [{ name: "late", differing: null }] }]);
  });
});

describe("what would be lost", () => {
  it("the worst table stands first, what was not compared is not among them", () => {
    const found = diff([
      table("a", { removed: 900 }),
      table("b", { added: 2 }),
      table("c", { how: "not-compared", exact: false }),
    ]);
    expect(lossRows(found, GOING_BACK)).toMatchObject({ rows: [{ name: "b" }, { name: "a" }], tables: 5 });
  });

  it("a bar is logarithmic, full for the most, and nothing only for none", () => {
    expect(logShare(0, 100)).toBe(0);
    expect(logShare(100, 100)).toBe(1);
    expect(logShare(1, 1_000_000)).toBe(0.08);
    expect(logShare(10, 1000)).toBeCloseTo(0.347, 2);
  });

  it("is said in one sentence", () => {
    const losses = [
      { name: "payments", rows: 64 },
      { name: "customers", rows: 9 },
      { name: "visits", rows: 1 },
    ];
    expect(lossSentence(losses.slice(2), String)).toBe("1 row of visits");
    expect(lossSentence(losses.slice(0, 2), String)).toBe("64 rows of payments and 9 of customers");
    expect(lossSentence(losses, String)).toBe("64 rows of payments, 9 of customers and some of one more table");
  });
});

it("the address of a moment reads back as it was written, and nonsense is nothing", () => {
  const href = pastHref("a b", { bookmark: bookmark(7) }, { table: "or&ders", side: "both" });
  const read = readPastAddress(new URLSearchParams(href.slice(href.indexOf("?"))));
  expect(read).toEqual({ at: { bookmark: bookmark(7) }, table: "or&ders", side: "both" });
  expect(readPastAddress(new URLSearchParams("at=yesterday&show=all"))).toEqual({ at: null, table: null, side: null });
});

it("names are quoted where SQLite would misread them", () => {
  expect(quoteName("orders")).toBe("orders");
  expect(quoteName("Order Lines")).toBe('"Order Lines"');
  expect(quoteName('we"ird')).toBe('"we""ird"');
  expect(firstStatement('sales."Order"', 10, "postgres")).toBe('select *\nfrom sales."Order"\nlimit 10');
  expect(firstStatement("order", 10)).toBe('select *\nfrom "order"\nlimit 10');
});

it("integers beyond 2^53 stay exact on their way into the browser", () => {
  expect(readSqlAnswer('[{"results":[{"n":9007199254740993,"m":1.5,"t":"9007199254740993"}]}]')).toEqual([
    { results: [{ n: 9007199254740993n, m: 1.5, t: "9007199254740993" }] },
  ]);
});

it("values are shown on one line, with what they are", () => {
  expect(showCell(null)).toEqual({ kind: "null", text: "null", remark: null });
  expect(showCell("a\nb")).toMatchObject({ text: "a↵b" });
  expect(showCell([1, 2, 3])).toEqual({ kind: "blob", text: "blob", remark: "3 B" });
  expect(storageOf([1, null, 2.5])).toBe("real");
  expect(storageOf([1, "x"])).toBe("mixed");
});
