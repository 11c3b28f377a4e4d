import { PageSet } from "../history/page-set.ts";
import type { DatabaseState } from "./database-state.ts";
import { foreignCollation } from "./key-order.ts";
import type { SchemaEntry } from "./schema-entries.ts";
import { readLayout, type TableLayout } from "./table-layout.ts";
import { treePages } from "./tree-pages.ts";

/** A table as one of the states has it. */
export type TableSide = { state: DatabaseState; root: number; layout: TableLayout };

/** A table by its name in both states; at least one of them has it. */
export type TablePair = { name: string; from: TableSide | null; to: TableSide | null };

/** Why the rows of a table cannot be compared, in words for people. */
export type NotComparable = { name: string; reason: string };

/** A schema with what its tables are. */
export type StateSchema = { state: DatabaseState; entries: readonly SchemaEntry[] };

const isOwn = (name: string) => /^sqlite_/i.test(name);
const isVirtual = ({ sql }: SchemaEntry) => /^\s*CREATE\s+VIRTUAL\s/i.test(sql ?? "");

/** The tables of both states, by name. SQLite's own (`sqlite_sequence`, `sqlite_stat1` …) hold nobody's rows and are left out. */
export function pairTables(from: StateSchema, to: StateSchema): { pairs: TablePair[]; refused: NotComparable[] } {
  const pairs: TablePair[] = [];
  const refused: NotComparable[] = [];
  const tablesOf = ({ entries }: StateSchema) =>
    new Map(
      entries.flatMap((entry) =>
        entry.type === "table" && !isOwn(entry.name) ? [[entry.name.toLowerCase(), entry]] : [],
      ),
    );
  const [before, after] = [tablesOf(from), tablesOf(to)];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [one, other] = [before.get(key), after.get(key)];
    const name = (other ?? one)?.name ?? key;
    const pair = pairOf(name, from, one, to, other);
    if ("reason" in pair) refused.push(pair);
    else pairs.push(pair);
  }
  return { pairs: pairs.sort(byName), refused: refused.sort(byName) };
}

/** Of each table that a virtual table keeps its content in: that one's name. */
export function shadowOwners(...schemas: readonly StateSchema[]): Map<string, string> {
  const owners = new Map<string, string>();
  for (const { entries } of schemas) {
    for (const { name: owner } of entries.filter(isVirtual)) {
      for (const { type, name } of entries) {
        if (type === "table" && name.toLowerCase().startsWith(`${owner.toLowerCase()}_`)) owners.set(name, owner);
      }
    }
  }
  return owners;
}

/** The pages that both trees have and that are the same in both: they hold the same rows. */
export function sharedPages({ from, to }: TablePair, changed: PageSet) {
  // Without any change to its root and its other interior pages a tree has the same pages in both.
  let isOneTree = from !== null && to !== null && from.root === to.root && !changed.has(from.root);
  if (from && to && from.state.pageCount > to.state.pageCount) isOneTree = false;
  const note = (page: number) => {
    if (changed.has(page)) isOneTree = false;
  };
  const before = from ? treePages(from.state, from.root, note) : new PageSet();
  const after = isOneTree ? before : to ? treePages(to.state, to.root) : new PageSet();
  return { before, after, shared: before.sharedWith(after, changed) };
}

function pairOf(
  name: string,
  from: StateSchema,
  one: SchemaEntry | undefined,
  to: StateSchema,
  other: SchemaEntry | undefined,
): TablePair | NotComparable {
  const virtual = [other, one].find((entry) => entry && isVirtual(entry));
  if (virtual) return { name, reason: virtualReason(virtual, from, to) };
  const sides = [asSide(from, one), asSide(to, other)] as const;
  const [before, after] = sides;
  if (before === "unreadable" || after === "unreadable") {
    return { name, reason: "This version of Lastgood cannot read the table's definition." };
  }
  for (const side of [before, after]) {
    const collation = side && foreignCollation(side.layout.key);
    if (collation) {
      return { name, reason: `Its primary key is in the order ${collation}, which only the application knows.` };
    }
  }
  if (before && after && !isSameKey(before, after)) {
    return {
      name,
      reason: "Its rows have another primary key in each of the two: they cannot be told to be the same.",
    };
  }
  return { name, from: before, to: after };
}

function virtualReason(table: SchemaEntry, from: StateSchema, to: StateSchema): string {
  const module = /\bUSING\s+["'`[]?(\w+)/i.exec(table.sql ?? "")?.[1] ?? "a module";
  const parts = [...shadowOwners(from, to)].filter(([, owner]) => owner === table.name).map(([name]) => name);
  const where =
    parts.length > 0 ? `what it holds lies in ${parts.join(", ")}, which are compared` : "it holds no rows of its own";
  return `A virtual table (${module}): ${where}.`;
}

function asSide({ state, entries }: StateSchema, entry: SchemaEntry | undefined): TableSide | null | "unreadable" {
  if (!entry) return null;
  const hasIndex = entries.some(
    ({ type, table }) => type === "index" && table.toLowerCase() === entry.name.toLowerCase(),
  );
  const layout = readLayout(entry.name, entry.sql ?? "", state.encoding, hasIndex);
  return layout && entry.root > 0 ? { state, root: entry.root, layout } : "unreadable";
}

function isSameKey(from: TableSide, to: TableSide): boolean {
  const keyOf = ({ layout, state }: TableSide) =>
    JSON.stringify([layout.isWithoutRowid, layout.key, layout.isWithoutRowid ? state.encoding : null]);
  return keyOf(from) === keyOf(to);
}

const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);
