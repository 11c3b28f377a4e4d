import type { GiveBackTable } from "../../lib/domain/give-back.ts";
import type { RowSelection } from "../diff/row-selection.ts";

/** The ticked rows as a plan takes them: all of a kind by its kind, single ones by their keys. */
export function selectedTables(selection: RowSelection): GiveBackTable[] {
  return [...selection].flatMap(([name, { kinds, rows }]) => [
    ...(kinds.size > 0 ? [{ name, kinds: [...kinds] }] : []),
    ...(rows.size > 0 ? [{ name, keys: [...rows.keys()] }] : []),
  ]);
}
