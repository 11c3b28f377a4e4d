import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { DiffCell, DiffRow, DiffRows } from "../../../../lib/domain/diff.ts";
import { DIFF_KINDS } from "../../../../lib/domain/diff.ts";
import { DatabaseComparison } from "../../../../lib/engines/sqlite/diff/database-comparison.ts";
import { differencePage } from "../../../../lib/engines/sqlite/diff/difference-page.ts";
import { Random } from "../../../sim/random.ts";
import { filePages } from "../../../world/file-pages.ts";
import { compareBySql } from "./except-oracle.ts";
import { MadeStates } from "./made-states.ts";

const STATES = 4;
const PAIRS = [
  [0, 1],
  [1, 2],
  [2, 3],
  [0, 3],
  [3, 1],
] as const;
const MOST_ROWS = 120;

/** What a stretch of seeds met. */
export type SeedTally = { tables: number; differing: number; full: number; scanned: number; rows: number };

/** Compares states of random databases, and checks each answer with SQL. Answers the first difference, in words. */
export function checkSeeds(first: number, last: number): { problem: string | null; tally: SeedTally } {
  const tally: SeedTally = { tables: 0, differing: 0, full: 0, scanned: 0, rows: 0 };
  for (let seed = first; seed <= last; seed++) {
    const states = new MadeStates(seed);
    try {
      for (let step = 0; step < STATES; step++) states.step(1 + ((seed + step * 5) % 14));
      for (const [from, to] of PAIRS) {
        const [one = "", other = ""] = [states.files[from], states.files[to]];
        const problem = checkedPair(one, other, new Random(seed + from), tally);
        if (problem) {
          return { problem: `seed ${seed}, ${from} to ${to}, ${JSON.stringify(states.traits)}: ${problem}`, tally };
        }
      }
    } finally {
      states.remove();
    }
  }
  return { problem: null, tally };
}

/** What is refused or fails is as wrong as another number. */
function checkedPair(...of: Parameters<typeof checkPair>): string | null {
  try {
    return checkPair(...of);
  } catch (error) {
    return String(error);
  }
}

function checkPair(fromFile: string, toFile: string, random: Random, tally: SeedTally): string | null {
  const [from, to] = [filePages(fromFile), filePages(toFile)];
  try {
    const comparison = new DatabaseComparison(from, to, touchedOf(fromFile, toFile, from.pageSize, random));
    for (const work = comparison.run(); !work.next().done; );
    const { tables, sameTables } = comparison.compared;
    const expected = compareBySql(fromFile, toFile);
    if (tables.length + sameTables.length !== expected.size)
      return `${tables.length + sameTables.length} tables, not ${expected.size}`;
    for (const [name, counts] of expected) {
      const found = tables.find((table) => table.name === name);
      if (!found && !sameTables.includes(name)) return `${name} is missing`;
      const { added = 0, removed = 0, changed = 0, how = "pages", reason = null } = found ?? {};
      const [told, wanted] = [JSON.stringify({ added, removed, changed }), JSON.stringify(counts)];
      if (told !== wanted) return `${name}: ${told} instead of ${wanted}`;
      tally.tables++;
      if (found) tally.differing++;
      if (how === "full") tally.full++;
      if (reason?.includes("in place")) tally.scanned++;
      const problem = checkRows(comparison, name, { added, removed, changed }, [fromFile, toFile], tally);
      if (problem) return `${name}: ${problem}`;
    }
    return null;
  } finally {
    from.close();
    to.close();
  }
}

/** The pages that differ, and some that do not: what was touched may be again what it was. */
function touchedOf(fromFile: string, toFile: string, pageSize: number, random: Random): Set<number> {
  const [one, other] = [readFileSync(fromFile), readFileSync(toFile)];
  const touched = new Set<number>();
  for (let page = 1; page * pageSize <= Math.max(one.length, other.length); page++) {
    const part = (file: Buffer) => file.subarray((page - 1) * pageSize, page * pageSize);
    if (!part(one).equals(part(other)) || random.chance(0.05)) touched.add(page);
  }
  return touched;
}

/** Every row that differs once, page by page, as many of each kind as were counted, with the values that SQL reads. */
function checkRows(
  comparison: DatabaseComparison,
  table: string,
  counts: Record<(typeof DIFF_KINDS)[number], number>,
  files: readonly [string, string],
  tally: SeedTally,
): string | null {
  const total = counts.added + counts.removed + counts.changed;
  if (total > MOST_ROWS) return null;
  const seen = new Map<string, DiffRow>();
  let columns: string[] = [];
  for (let after: string | null = null, pages = 0; pages === 0 || after !== null; pages++) {
    const page: DiffRows = pageOf(comparison, table, after);
    columns = page.columns.map(({ name }) => name);
    for (const row of page.rows) {
      if (seen.has(row.key)) return `the row ${row.key} comes twice`;
      seen.set(row.key, row);
    }
    after = page.next;
  }
  for (const kind of DIFF_KINDS) {
    const many = [...seen.values()].filter((row) => row.kind === kind).length;
    if (many !== counts[kind]) return `${many} rows were ${kind} instead of ${counts[kind]}`;
  }
  tally.rows += seen.size;
  return (
    checkValues(files[0], table, columns, [...seen.values()], "before") ??
    checkValues(files[1], table, columns, [...seen.values()], "after")
  );
}

function pageOf(comparison: DatabaseComparison, table: string, after: string | null): DiffRows {
  for (const work = differencePage(comparison, { table, kinds: DIFF_KINDS, after, limit: 7 }); ; ) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Of rows that are named by their rowid, or by the one text `k` beside it. */
function checkValues(
  file: string,
  table: string,
  columns: readonly string[],
  rows: readonly DiffRow[],
  side: "before" | "after",
): string | null {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const has = new Set(
      database
        .prepare("SELECT name FROM pragma_table_xinfo(?)")
        .all(table)
        .map(({ name }) => name),
    );
    const asked = columns.map((name) =>
      has.has(name)
        ? `typeof("${name}") AS "t ${name}", length("${name}") AS "l ${name}", "${name}" AS "v ${name}"`
        : "1",
    );
    for (const row of rows) {
      const cells = row[side];
      const name = nameOf(row, columns);
      if (!cells || name === null) continue;
      const column = typeof name === "string" ? '"k"' : "_rowid_";
      const read = database.prepare(`SELECT ${asked.join()} FROM "${table}" WHERE ${column} = ?`);
      read.setReadBigInts(true);
      const stored = read.get(name) ?? {};
      for (const [index, name] of columns.entries()) {
        const [type, length, value] = [stored[`t ${name}`], stored[`l ${name}`], stored[`v ${name}`]];
        const cell = cells[index] ?? null;
        if (!has.has(name) ? cell !== null : !says(cell, String(type), Number(length), value)) {
          return `${side} in ${name} of ${row.key} is ${JSON.stringify(cell)}, not ${String(value).slice(0, 100)}`;
        }
      }
    }
    return null;
  } finally {
    database.close();
  }
}

function nameOf({ key }: DiffRow, columns: readonly string[]): bigint | string | null {
  if (key.startsWith("r")) return BigInt(key.slice(1));
  const values = JSON.parse(Buffer.from(key.slice(1), "base64url").toString()) as ({ t?: string } | null)[];
  return columns.includes("k") && values.length === 1 ? (values[0]?.t ?? null) : null;
}

/** Whether a cell says what SQL reads. */
function says(cell: DiffCell, type: string, length: number, value: unknown): boolean {
  if (type === "null") return cell === null;
  if (type === "integer")
    return typeof cell === "number"
      ? BigInt(cell) === value
      : isPart(cell, "integer") && BigInt(String(cell.integer)) === value;
  if (type === "real")
    return typeof cell === "number" ? cell === value : isPart(cell, "real") && Number(cell.real) === value;
  if (type === "text") {
    if (typeof cell === "string") return cell === value;
    return (
      isPart(cell, "text") && cell.chars === length && cell.text.length >= 500 && String(value).startsWith(cell.text)
    );
  }
  const bytes = Buffer.from(value as Uint8Array);
  return isPart(cell, "blob") && cell.bytes === bytes.length && bytes.subarray(0, 96).toString("base64") === cell.blob;
}

function isPart<Name extends string>(cell: DiffCell, name: Name): cell is Extract<DiffCell, Record<Name, unknown>> {
  return typeof cell === "object" && cell !== null && name in cell;
}

// node tests/integration/sqlite/diff/check-seeds.ts <first> <last>: many more seeds than a test has time for.
if (import.meta.main) {
  const [first = 1, last = 100] = process.argv.slice(2).map(Number);
  const found = checkSeeds(first, last);
  process.stdout.write(`${JSON.stringify(found)}\n`);
  process.exitCode = found.problem ? 1 : 0;
}
