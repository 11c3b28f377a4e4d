import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { readDocument } from "../../../lib/engines/json/read-document.ts";
import { DocumentWorld } from "./document-world.ts";

const world = new DocumentWorld();
afterAll(() => world.close());

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
/** Letters of ASCII are one whatever their case, others are not. */
const asciiLower = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

const HOSTILE = [
  "",
  "__proto__",
  "constructor",
  'x") VALUES (1);--',
  "a'b",
  "new\nline",
  "rowid",
  "Ünï",
  "ünï",
  "$blob",
  "null",
  "1",
  "hasOwnProperty",
  "\u2028",
  "/**/",
  "toString",
  "length",
];
const nameArbitrary = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
  {
    weight: 2,
    arbitrary: fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
      .filter((text) => !text.includes("\0") && text.isWellFormed()),
  },
);
const tableNames = fc.uniqueArray(
  nameArbitrary.filter((name) => name !== "" && !asciiLower(name).startsWith("sqlite_")),
  { minLength: 1, maxLength: 4, selector: asciiLower },
);

/** A value as SQL has it; `raw` is a text that need not be well-formed. */
type Value = null | bigint | number | string | Uint8Array | { raw: Uint8Array };
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, -1n, 2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.double({ noNaN: true }),
  fc.constantFrom(-0, 0, 1, 1e21, 5e-324, 1.7976931348623157e308, Infinity, -Infinity, 9007199254740992),
  fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
  fc.constantFrom(
    "null",
    "1",
    "1.0",
    "a\0b",
    "\ufffd",
    '"},',
    "]",
    '{"$blob":"AA=="}',
    "\n",
    "\\",
    '\\\\"',
    "\ud83d\ude00",
  ),
  fc.uint8Array({ maxLength: 40 }),
  fc
    .uint8Array({ minLength: 2, maxLength: 20 })
    .filter((bytes) => bytes.length % 2 === 0)
    .map((raw) => ({ raw })),
);

type Table = {
  name: string;
  columns: string[];
  types: string[];
  kind: "rowid" | "key" | "counted" | "plain";
  rows: Value[][];
};
const table = (name: string): fc.Arbitrary<Table> =>
  fc
    .record({
      columns: fc.uniqueArray(nameArbitrary, { minLength: 1, maxLength: 5, selector: asciiLower }),
      kind: fc.constantFrom("rowid", "key", "counted", "plain"),
    })
    .chain(({ columns, kind }) =>
      fc.record({
        name: fc.constant(name),
        columns: fc.constant(columns),
        kind: fc.constant(kind as Table["kind"]),
        types: fc.array(fc.constantFrom("", "INTEGER", "REAL", "TEXT", "BLOB", "NUMERIC", "ANY", "WHATEVER(3)"), {
          minLength: columns.length,
          maxLength: columns.length,
        }),
        rows: fc.array(fc.array(value, { minLength: columns.length, maxLength: columns.length }), { maxLength: 8 }),
      }),
    );

const database = fc.record({
  encoding: fc.constantFrom("UTF-8", "UTF-8", "UTF-16le", "UTF-16be"),
  tables: tableNames.chain((names) => fc.tuple(...names.map(table))),
});
type Database = { encoding: string; tables: Table[] };

function schemaOf({ name, columns, types, kind }: Table): string {
  const parts = columns.map((column, i) => `${quote(column)} ${types[i]}`);
  const free = (wanted: string) => (columns.some((one) => asciiLower(one) === wanted) ? `${wanted}_` : wanted);
  if (kind === "rowid") parts.push(`${quote(free("own id"))} INTEGER PRIMARY KEY`);
  if (kind === "counted") parts.push(`${quote(free("own id"))} INTEGER PRIMARY KEY AUTOINCREMENT`);
  if (kind === "key") parts.push(`${quote(free("own id"))} INTEGER PRIMARY KEY`);
  parts.push(`${quote(free("made of it"))} AS (typeof(${quote(columns[0] ?? "")})) STORED`);
  return `CREATE TABLE ${quote(name)} (${parts.join(", ")})${kind === "key" ? " WITHOUT ROWID" : ""}`;
}

function fill(file: string, { tables }: Database): void {
  const connection = new DatabaseSync(file, { enableDoubleQuotedStringLiterals: true });
  for (const { name, columns, kind, rows } of tables) {
    rows.forEach((row, at) => {
      const names = [...columns, ...(kind === "key" ? ["own id"] : [])].map(quote).join(", ");
      const places = [
        ...row.map((one) => (one !== null && typeof one === "object" && "raw" in one ? "CAST(? AS TEXT)" : "?")),
        ...(kind === "key" ? [`${at * 3}`] : []),
      ].join(", ");
      const given = row.map((one) => (one !== null && typeof one === "object" && "raw" in one ? one.raw : one));
      connection.prepare(`INSERT INTO ${quote(name)} (${names}) VALUES (${places})`).run(...given);
    });
    // Numbers of rows need not be those that they would get again.
    connection.exec(
      `DELETE FROM ${quote(name)} WHERE rowid_of % 2 = 1`.replace(
        "rowid_of",
        kind === "key" ? '"own id"' : rowidOf(columns),
      ),
    );
  }
  connection.close();
}

function rowidOf(columns: string[]): string {
  const taken = new Set(columns.map(asciiLower));
  return ["rowid", "_rowid_", "oid"].find((name) => !taken.has(name)) ?? "0";
}

test("whatever a database holds is the same after it was a document", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(database, database, async (made, other) => {
      const sql = made.tables.map(schemaOf).join("; ");
      const source = world.make(sql, made.encoding);
      fill(source, made);
      const target = world.make(sql, made.encoding);
      // Other rows of the same tables, as many as there happen to be.
      fill(target, {
        ...made,
        tables: made.tables.map((one, i) => ({ ...one, rows: rowsFor(one, other.tables[i]?.rows ?? []) })),
      });
      const document = world.write(source);
      expect(() => JSON.parse(readFileSync(document, "utf8")) as unknown).not.toThrow();
      await world.restore(target, document);
      expect(withoutSequences(world.dump(target))).toBe(withoutSequences(world.dump(source)));
    }),
    { numRuns: 40 },
  );
});

/** A counter never goes back below what it has given in the meantime. */
function withoutSequences(dump: string): string {
  return JSON.stringify((JSON.parse(dump) as [string, unknown][]).filter(([name]) => name !== "sqlite_sequence"));
}

function rowsFor({ columns }: Table, rows: Value[][]): Value[][] {
  return rows.map((row) => columns.map((_, i) => row[i] ?? null));
}

test("a document with any byte altered, added or missing is refused", { timeout: 60_000 }, async () => {
  const source = world.make("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2.0, x'00'); CREATE TABLE u (c)");
  const whole = readFileSync(world.write(source));
  const read = (bytes: Uint8Array) => readDocument(once(bytes), { manifest: () => undefined, rows: () => undefined });
  expect((await read(whole)).totalRows).toBe(2);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(whole.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom("alter", "add", "cut", "leave out"),
      async (at, by, how) => {
        const altered = Buffer.from(whole);
        altered[at] = (altered[at] ?? 0) ^ by;
        const bytes = {
          alter: altered,
          add: Buffer.concat([whole.subarray(0, at), Buffer.of(by), whole.subarray(at)]),
          cut: whole.subarray(0, at),
          "leave out": Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)]),
        }[how];
        await expect(read(bytes)).rejects.toMatchObject({ code: "invalid_input" });
      },
    ),
    { numRuns: 400 },
  );
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
