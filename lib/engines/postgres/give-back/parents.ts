import { appendFileSync, readFileSync, rmSync } from "node:fs";
import type { Text } from "../look/server-session.ts";
import type { Reference } from "./live-table.ts";
import { keysWith, valuesOf, withoutParent } from "./look-up.ts";
import type { PlannedTable, RowPlan } from "./plan-rows.ts";
import { RowFileWriter, readRows } from "./staged-rows.ts";

/** What is known of a table that others refer to, by some of its columns (JSON). Tuples of values are JSON too. */
export type ParentCount = {
  table: string;
  columns: string;
  /** Rows that are given back with these values. */
  chosen: Set<string>;
  /** Values that are missing now and were there then. */
  solvable: Set<string>;
  /** Rows that would come along. */
  keys: number;
};

const BATCH = 500;

/**
 * Finds the rows that chosen rows refer to and that are missing now. With `include` they are staged too, and so are theirs in turn.
 * @param staged the file of rows; those that come along are put behind
 */
export async function bringParents(plan: RowPlan, staged: string, include: boolean): Promise<ParentCount[]> {
  const parents: ParentCount[] = [];
  await noteChosen(plan, staged, parents);
  for (let at = 0; at < plan.tables.length; at++) {
    const table = plan.tables[at];
    if (!table) break;
    for (const reference of table.live.references) {
      const missing = await missingOf(plan, table, reference, staged, parents);
      if (missing.length > 0) await bring(plan, table, reference, missing, { staged, include, parents });
    }
  }
  return parents.filter(({ keys, chosen }) => keys > 0 || chosen.size > 0);
}

function entryOf(parents: ParentCount[], { parent, parentColumns }: Reference): ParentCount {
  const columns = JSON.stringify(parentColumns);
  const known = parents.find((one) => one.table === parent && one.columns === columns);
  if (known) return known;
  const fresh = { table: parent, columns, chosen: new Set<string>(), solvable: new Set<string>(), keys: 0 };
  parents.push(fresh);
  return fresh;
}

/** The values by which chosen rows are referred to. */
async function noteChosen(plan: RowPlan, staged: string, parents: ParentCount[]): Promise<void> {
  const references = plan.tables.flatMap(({ live }) => live.references);
  const wanted = references.filter(({ parent }) => plan.tables.some(({ name }) => name === parent));
  if (wanted.length === 0) return;
  for await (const rows of readRows(staged, BATCH)) {
    for (const row of rows) {
      const table = plan.tables[row.t];
      for (const reference of wanted) {
        if (table?.name !== reference.parent || row.past === null) continue;
        entryOf(parents, reference).chosen.add(JSON.stringify(valuesOf(row, table.columns, reference.parentColumns)));
      }
    }
  }
}

async function missingOf(
  plan: RowPlan,
  table: PlannedTable,
  reference: Reference,
  staged: string,
  parents: ParentCount[],
): Promise<Text[][]> {
  const { chosen } = entryOf(parents, reference);
  const missing = new Map<string, Text[]>();
  for await (const rows of readRows(staged, BATCH)) {
    const tuples = rows
      .filter((row) => row.t === table.number && row.past !== null)
      .map((row) => valuesOf(row, table.columns, reference.columns))
      .filter((tuple) => !tuple.includes(null) && !chosen.has(JSON.stringify(tuple)));
    for (const at of await withoutParent(plan.sessions.live, table.live.form, reference, tuples)) {
      const tuple = tuples[at];
      if (tuple) missing.set(JSON.stringify(tuple), tuple);
    }
  }
  return [...missing.values()];
}

async function bring(
  plan: RowPlan,
  child: PlannedTable,
  reference: Reference,
  missing: readonly Text[][],
  { staged, include, parents }: { staged: string; include: boolean; parents: ParentCount[] },
): Promise<void> {
  const entry = entryOf(parents, reference);
  const isKnown = plan.tables.some(({ name }) => name === reference.parent);
  const refusedBefore = plan.conflicts.refused.length;
  const parent = plan.wasThere(reference.parent) ? await plan.table(reference.parent) : null;
  if (!parent) {
    // Nobody asked for that table: the rows that refer to it are told instead.
    if (!include) plan.conflicts.refused.length = refusedBefore;
    return;
  }
  const extra = `${staged}.more`;
  const writer = new RowFileWriter(extra);
  for (let i = 0; i < missing.length; i += BATCH) {
    const tuples = missing.slice(i, i + BATCH);
    const keys = await keysWith(plan.sessions.past, parent.past, reference.parentColumns, tuples);
    entry.keys += keys.length;
    const absent = new Set(await withoutParent(plan.sessions.past, child.past, reference, tuples));
    for (const [at, tuple] of tuples.entries()) {
      if (!absent.has(at)) (include ? entry.chosen : entry.solvable).add(JSON.stringify(tuple));
    }
    if (include) await plan.stage(parent, keys, ["removed", "changed"], writer);
  }
  await writer.end();
  if (include) {
    appendFileSync(staged, readFileSync(extra));
    if (!parent.neededBy.includes(child.name) && parent.name !== child.name) parent.neededBy.push(child.name);
  } else if (!isKnown) plan.tables.splice(plan.tables.indexOf(parent), 1);
  rmSync(extra, { force: true });
}
