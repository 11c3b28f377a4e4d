import { LEAST_STREAK_ROWS, type Streak } from "../../../domain/delete-streak.ts";
import type { SchemaDiff, TableDiff } from "../../../domain/diff.ts";
import type { Candidate } from "./find-candidates.ts";
import { isLargeDelete } from "./find-candidates.ts";
import type { MarkFacts } from "./mark-index.ts";

const DIGITS = new Intl.NumberFormat("en-US");
/** A table with this share of the rows that went is the one that the mark is about. */
const MOST = 0.95;
/** Where so many rows came for each that went, the table was filled anew and not emptied. */
const REFILLED = 0.5;

/** What a commit did, from the two states around it, in SQL's words; null when it is nothing of note. */
export function factsOf(
  candidate: Pick<Candidate, "of" | "emptied">,
  { schema, tables }: { schema: readonly SchemaDiff[]; tables: readonly TableDiff[] },
): MarkFacts | null {
  const { lost, rows } = lostOf(tables);
  if (schema.length > 0) {
    const { words, table } = schemaWords(schema);
    return { kind: "schema", words, table, rows: rows > 0 ? rows : null };
  }
  if (!isLargeDelete({ rows, of: candidate.of, emptied: candidate.emptied })) return null;
  return deleteFacts(lost, rows, "");
}

/** What many commits in a row did together; null when rows came for those that went, as in a queue. */
export function streakFacts(
  { commits }: Pick<Streak, "commits">,
  { schema, tables }: { schema: readonly SchemaDiff[]; tables: readonly TableDiff[] },
): MarkFacts | null {
  const { lost, rows } = lostOf(tables);
  if (schema.length > 0 || rows < LEAST_STREAK_ROWS) return null;
  return deleteFacts(lost, rows, ` in ${DIGITS.format(commits)} commits`);
}

function lostOf(tables: readonly TableDiff[]): { lost: TableDiff[]; rows: number } {
  const lost = tables.filter(({ removed, added }) => removed > 0 && added < removed * REFILLED);
  return { lost, rows: lost.reduce((sum, { removed }) => sum + removed, 0) };
}

function deleteFacts(lost: readonly TableDiff[], rows: number, how: string): MarkFacts {
  const most = [...lost].sort((a, b) => b.removed - a.removed)[0];
  if (most && most.removed >= rows * MOST) {
    return { kind: "delete", words: `${deleteWords(most.removed)}${how}`, table: most.name, rows: most.removed };
  }
  const of = how === "" ? ` in ${lost.length} tables` : ` of ${lost.length} tables${how}`;
  return { kind: "delete", words: `${deleteWords(rows)}${of}`, table: null, rows };
}

/** `DELETE 80,346 rows` */
function deleteWords(rows: number): string {
  return `DELETE ${DIGITS.format(rows)} ${rows === 1 ? "row" : "rows"}`;
}

function schemaWords(schema: readonly SchemaDiff[]): { words: string; table: string | null } {
  const renamed = findRename(schema);
  if (renamed) {
    const [from, to] = renamed;
    return { words: `ALTER TABLE ${from.name} RENAME TO ${to.name}`, table: to.name };
  }
  // What comes and goes with its table is not told besides.
  const whole = new Set(schema.filter(({ kind, change }) => kind === "table" && change !== "changed").map(nameOf));
  const told = schema.filter((one) => one.kind === "table" || !whole.has(one.table.toLowerCase()));
  const [first, ...others] = told;
  if (!first) return { words: "Schema change", table: null };
  const verb = { added: "CREATE", removed: "DROP", changed: "ALTER" }[first.change];
  const words = `${verb} ${first.kind.toUpperCase()} ${first.name}`;
  const table = told.every((one) => one.table === first.table) ? first.table : null;
  return { words: others.length === 0 ? words : `${words} and ${others.length} more`, table };
}

const nameOf = ({ name }: SchemaDiff) => name.toLowerCase();

/** One table that went and one that came with the same columns, and nothing else of tables. */
function findRename(schema: readonly SchemaDiff[]): [SchemaDiff, SchemaDiff] | null {
  const tables = schema.filter(({ kind }) => kind === "table");
  const [from, to] = [
    tables.find(({ change }) => change === "removed"),
    tables.find(({ change }) => change === "added"),
  ];
  if (tables.length !== 2 || !from?.before || !to?.after) return null;
  const columns = (sql: string) => sql.slice(sql.indexOf("("));
  return columns(from.before) === columns(to.after) ? [from, to] : null;
}
