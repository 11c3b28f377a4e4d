import type { GiveBackConflict, GiveBackSample, GiveBackTablePlan } from "../../../domain/give-back.ts";
import { countSolvable } from "./bring-parents.ts";
import { type FoundConflict, sampleKeys } from "./judge-rows.ts";
import type { RowPlan } from "./plan-rows.ts";
import { formatName, toCell, type Value } from "./row-names.ts";
import { count, nowColumns, rowsOf, type StagedTable, thenColumns } from "./staged-tables.ts";

const SAMPLES = 20;
const SAMPLE_KEYS = 20;

/** The plan in numbers, with the first few rows. */
export function tableCounts(
  plan: RowPlan,
  found: readonly FoundConflict[],
): { tables: GiveBackTablePlan[]; conflicts: GiveBackConflict[] } {
  const tables = plan.tables.map((table) => countsOf(plan, table));
  const conflicts = found.flatMap((one): GiveBackConflict[] => {
    const table = plan.tables.find(({ shape }) => shape.name === one.table);
    const rows = table ? count(plan.connection, `SELECT count(*) FROM ${rowsOf(table)} WHERE c = ${one.id}`) : 0;
    if (!table || (rows === 0 && one.kind !== "table-refused")) return [];
    const solvedByParents = one.kind === "parent-missing" ? countSolvable(plan, table, one.id) : 0;
    return [
      { kind: one.kind, table: one.table, rows, words: one.words, solvedByParents, keys: keysIn(plan, table, one.id) },
    ];
  });
  for (const { name, words } of plan.refused) {
    conflicts.push({ kind: "table-refused", table: name, rows: 0, words, solvedByParents: 0, keys: [] });
  }
  return { tables, conflicts };
}

function countsOf(plan: RowPlan, table: StagedTable): GiveBackTablePlan {
  const of = (where: string) => count(plan.connection, `SELECT count(*) FROM ${rowsOf(table)} WHERE ${where}`);
  return {
    name: table.shape.name,
    inserted: of("c IS NULL AND hb = 0 AND ha = 1"),
    setBack: of("c IS NULL AND hb = 1 AND ha = 1"),
    removed: of("c IS NULL AND hb = 1 AND ha = 0"),
    unchanged: plan.left.get(table.id)?.unchanged ?? 0,
    unknown: plan.left.get(table.id)?.unknown ?? 0,
    inConflict: of("c IS NOT NULL"),
    neededBy: table.neededBy,
    columns: table.shape.columns.map(({ name, type, isKey }) => ({ name, type, key: isKey })),
    samples: samplesOf(plan, table),
  };
}

function samplesOf(plan: RowPlan, table: StagedTable): GiveBackSample[] {
  const { length } = table.shape.key;
  const width = table.shape.columns.length;
  const read = plan.connection.prepare(
    `SELECT hb, ha, ${sampleKeys(table)}, ${[...nowColumns(table), ...thenColumns(table)].join(", ")}
     FROM ${rowsOf(table)} ORDER BY c IS NOT NULL, n LIMIT ${SAMPLES}`,
  );
  read.setReadBigInts(true);
  read.setReturnArrays(true);
  return (read.all() as unknown as Value[][]).map(([isThere, willBe, ...values]) => {
    const now = values.slice(2 * length, 2 * length + width);
    const past = values.slice(2 * length + width);
    return {
      key: formatName(table, values.slice(0, length), values.slice(length, 2 * length) as (Uint8Array | null)[]),
      kind: isThere === 0n ? "removed" : "changed",
      now: isThere === 0n ? null : now.map(toCell),
      past: willBe === 0n ? null : past.map(toCell),
    };
  });
}

function keysIn(plan: RowPlan, table: StagedTable, conflictId: number): string[] {
  const { length } = table.shape.key;
  const read = plan.connection.prepare(
    `SELECT ${sampleKeys(table)} FROM ${rowsOf(table)} WHERE c = ? ORDER BY n LIMIT ${SAMPLE_KEYS}`,
  );
  read.setReadBigInts(true);
  read.setReturnArrays(true);
  return (read.all(conflictId) as unknown as Value[][]).map((values) =>
    formatName(table, values.slice(0, length), values.slice(length) as (Uint8Array | null)[]),
  );
}
