import type { GiveBackNotice } from "../../../domain/give-back.ts";
import type { RowPlan } from "./plan-rows.ts";
import { count, rowsOf, type StagedTable } from "./staged-tables.ts";
import { readShape, same } from "./table-shape.ts";

/** What a person should know of a table's part before they confirm. */
export function noticesOf(plan: RowPlan, table: StagedTable): GiveBackNotice[] {
  const { shape } = table;
  const hasRows = count(plan.connection, `SELECT EXISTS (SELECT 1 FROM ${rowsOf(table)} WHERE c IS NULL)`) === 1;
  if (!hasRows && !(table.isMadeAgain && !plan.isUndo)) return [];
  const notices: GiveBackNotice[] = [];
  const say = (kind: GiveBackNotice["kind"], names: string[], words: string) =>
    notices.push({ kind, table: shape.name, names, words });
  if (table.isMadeAgain) {
    const made = table.statements.filter(({ type }) => type !== "table").map(({ name }) => name);
    const along = made.length > 0 ? `, with ${made.join(", ")}` : "";
    say("table-made-again", made, `${shape.name} is gone: it is made again as it was${along}.`);
  }
  const then = readShape(plan.connection, "past", shape.name);
  if (then && "columns" in then && !table.isMadeAgain) {
    const gone = then.columns
      .filter(({ name }) => !shape.columns.some((one) => same(one.name, name)))
      .map(({ name }) => name);
    if (gone.length > 0) {
      say("column-gone", gone, `${shape.name} has no ${gone.join(", ")} any more: what stood there is not given back.`);
    }
    const fresh = shape.columns.filter((_, i) => !table.common.includes(i)).map(({ name }) => name);
    if (fresh.length > 0 && !plan.isUndo) {
      say(
        "column-new",
        fresh,
        `${shape.name} did not have ${fresh.join(", ")} then: rows that are put in again get the default.`,
      );
    }
  }
  if (shape.triggers.length > 0 && !table.isMadeAgain) {
    const words = `Triggers do not run (${shape.triggers.join(", ")}): what they would write or keep up to date stays as it is.`;
    say("triggers", shape.triggers, words);
  }
  if (shape.otherUniques.length > 0) {
    say(
      "checked-later",
      shape.otherUniques,
      `Whether ${shape.otherUniques.join(", ")} takes the rows shows when they are written; if not, nothing is.`,
    );
  }
  const { broken } = plan.shapes.parentsOf(shape);
  const parents = [...new Set(broken.map(({ parent }) => parent))];
  if (parents.length > 0) {
    say(
      "foreign-key-broken",
      parents,
      `A foreign key of ${shape.name} to ${parents.join(", ")} means no unique key there, so it is not checked.`,
    );
  }
  return notices;
}
