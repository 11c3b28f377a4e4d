import type { StagedTable } from "./staged-document.ts";

/** Tables behind those that they refer to; where they refer to each other in a circle, one of them comes first. */
export function inDependencyOrder<T extends Pick<StagedTable, "name" | "parents">>(tables: readonly T[]): T[] {
  const byName = new Map(tables.map((table) => [table.name.toLowerCase(), table]));
  const ordered = new Set<T>();
  const begun = new Set<T>();
  for (const first of tables) {
    if (begun.has(first)) continue;
    // No call of its own for each table: a chain may be longer than the stack.
    const waiting: { table: T; next: number }[] = [{ table: first, next: 0 }];
    for (let top = waiting.at(-1); top; top = waiting.at(-1)) {
      begun.add(top.table);
      const name = top.table.parents[top.next++];
      const parent = name === undefined ? undefined : byName.get(name.toLowerCase());
      if (parent && !begun.has(parent)) waiting.push({ table: parent, next: 0 });
      else if (name === undefined) {
        ordered.add(top.table);
        waiting.pop();
      }
    }
  }
  return [...ordered];
}
