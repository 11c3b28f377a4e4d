import { pragmaRule } from "../hosted/pragma-rules.ts";

/** Actions that SQLite asks its authorizer about, https://www.sqlite.org/c3ref/c_alter_table.html; all others change something. */
const ACTION = { pragma: 19, read: 20, select: 21, attach: 24, detach: 25, function: 31, recursive: 33 } as const;
const TRANSACTIONS = new Set([22, 32]);
const DENIED_FUNCTIONS = new Set(["load_extension", "fts3_tokenizer"]);
/**
 * The statements that an R-tree compiles as soon as it is looked at write to these tables of its own. They never run for a query
 * that reads, and who names such a table is refused since SQLite tells the statement for a write.
 */
const ROW_WRITES = new Set([9, 18, 23]);
const OF_R_TREE = /_(node|parent|rowid)$/;
/** They change something without being given a value. */
const ACTING_PRAGMAS = new Set(["optimize", "incremental_vacuum"]);

const ONLY_READ = "A moment of the past can be read, not changed.";

/** Why a view may not do what SQLite asks about; null when it may. `first` and `second`: the authorizer's third and fourth argument. */
export function refuseInView(
  action: number,
  first: string | null,
  second: string | null,
): { what: string; hint: string } | null {
  if (action === ACTION.read || action === ACTION.select || action === ACTION.recursive) return null;
  if (action === ACTION.function) {
    const isDenied = DENIED_FUNCTIONS.has((second ?? "").toLowerCase());
    return isDenied ? { what: `the function ${second}`, hint: "Extensions cannot be loaded into a view." } : null;
  }
  if (ROW_WRITES.has(action) && OF_R_TREE.test(first ?? "")) return null;
  if (action === ACTION.pragma) return refusePragma(first ?? "", second);
  if (action === ACTION.attach || action === ACTION.detach) {
    return { what: action === ACTION.attach ? "ATTACH" : "DETACH", hint: "A view shows one database at one moment." };
  }
  if (TRANSACTIONS.has(action)) return { what: "transactions", hint: `${ONLY_READ} Leave BEGIN and COMMIT out.` };
  return { what: "statements that write", hint: `${ONLY_READ} Give rows back, or restore to a preview.` };
}

function refusePragma(name: string, argument: string | null): { what: string; hint: string } | null {
  const key = name.toLowerCase();
  const rule = pragmaRule(key);
  if (!rule || ACTING_PRAGMAS.has(key)) return { what: `PRAGMA ${name}`, hint: ONLY_READ };
  if (argument === null || (rule.argument && !rule.write)) return null;
  return { what: `PRAGMA ${name} with a value`, hint: "It can be read without one." };
}
