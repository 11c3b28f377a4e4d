import type { DatabaseDiff, TableDiff } from "../../lib/domain/diff.ts";
import type { StoredTable } from "./use-tables.ts";

/** One table in the list. */
export type ListedTable = {
  name: string;
  /** Rows that differ from now; null where that is not known. */
  differing: number | null;
  isExact: boolean;
  /** A word behind its name: `gone now`, `new since`, `view`. */
  sign: string | null;
  /** Why nothing is known, or why all of it was compared. */
  remark: string | null;
};

export type TableGroup = { title: string; tables: ListedTable[] };

export const countDiffering = ({ added, removed, changed }: TableDiff) => added + removed + changed;

/** The tables of the past and those that came since, in groups; null while nothing is known of them. */
export function groupTables(stored: readonly StoredTable[] | null, diff: DatabaseDiff | null): TableGroup[] | null {
  if (!stored && !diff) return null;
  const views = (stored ?? []).filter(({ kind }) => kind === "view").map(({ name }) => listed(name, "view"));
  if (!diff) {
    const tables = (stored ?? []).filter(({ kind }) => kind === "table").map(({ name }) => listed(name, null));
    return keepFilled([
      { title: "Tables", tables },
      { title: "Views", tables: views },
    ]);
  }
  const schemaOf = (name: string) =>
    diff.schema.find((one) => one.kind === "table" && one.name === name)?.change ?? null;
  const fromDiff = (table: TableDiff): ListedTable => {
    const change = schemaOf(table.name);
    return {
      name: table.name,
      differing: countDiffering(table),
      isExact: table.exact,
      sign: change === "removed" ? "gone now" : change === "added" ? "new since" : null,
      remark: table.reason,
    };
  };
  const compared = diff.tables.filter(({ how }) => how !== "not-compared");
  const different = compared.map(fromDiff).sort((a, b) => (b.differing ?? 0) - (a.differing ?? 0));
  const notCompared = diff.tables
    .filter(({ how }) => how === "not-compared")
    .map((table) => ({ ...listed(table.name, null), remark: table.reason }));
  const known = new Set([...diff.tables.map(({ name }) => name), ...diff.sameTables]);
  const others = (stored ?? []).filter(({ name, kind }) => kind === "table" && !known.has(name));
  const same = [
    ...diff.sameTables.map((name) => ({ ...listed(name, null), differing: 0 })),
    ...(diff.state === "complete" ? [] : others.map(({ name }) => listed(name, null))),
  ].sort((a, b) => a.name.localeCompare(b.name, "en"));
  return keepFilled([
    { title: "Different from now", tables: different },
    {
      title: diff.state === "complete" ? `Same as now · ${same.length}` : "Still being compared",
      tables: same,
    },
    { title: "Not compared", tables: notCompared },
    { title: "Views", tables: views },
  ]);
}

const keepFilled = (groups: TableGroup[]) => groups.filter(({ tables }) => tables.length > 0);

function listed(name: string, sign: string | null): ListedTable {
  return { name, differing: null, isExact: true, sign, remark: null };
}

/** The table to show first: where most rows were deleted since, else where most differ, else the first. */
export function pickTable(groups: readonly TableGroup[] | null, diff: DatabaseDiff | null): string | null {
  const [worst] = [...(diff?.tables ?? [])]
    .filter((table) => table.how !== "not-compared" && countDiffering(table) > 0)
    .sort((a, b) => b.removed - a.removed || countDiffering(b) - countDiffering(a));
  return worst?.name ?? groups?.[0]?.tables[0]?.name ?? null;
}
