import { constants } from "node:sqlite";
import { pragmaRule } from "./pragma-rules.ts";

/**
 * What people's SQL may do in a hosted database, decided from the questions that SQLite asks its authorizer
 * (https://www.sqlite.org/c3ref/c_alter_table.html) while it compiles a statement.
 */
export type Verdict = { allowed: true; writes: boolean } | { allowed: false; what: string; hint: string };

export type AuthorizerQuestion = {
  action: number;
  /** The authorizer's third and fourth argument. */
  first: string | null;
  second: string | null;
  /** The statement being run is VACUUM, which attaches and opens a transaction of its own. */
  vacuuming: boolean;
};

const READS = new Set([
  constants.SQLITE_READ,
  constants.SQLITE_SELECT,
  constants.SQLITE_RECURSIVE,
  constants.SQLITE_FUNCTION,
]);

const TEMPORARY = new Set([
  constants.SQLITE_CREATE_TEMP_INDEX,
  constants.SQLITE_CREATE_TEMP_TABLE,
  constants.SQLITE_CREATE_TEMP_TRIGGER,
  constants.SQLITE_CREATE_TEMP_VIEW,
]);

const VIRTUAL_TABLE_MODULES = new Set([
  "fts3",
  "fts4",
  "fts4aux",
  "fts5",
  "fts5vocab",
  "rtree",
  "rtree_i32",
  "geopoly",
]);
const DENIED_FUNCTIONS = new Set(["load_extension", "fts3_tokenizer"]);

const ONE_TRANSACTION = "The statements of one query already are one transaction: leave it out and send them together.";
const NO_OTHER_FILE = "A hosted database reaches no other file. Use a database of its own for the other data.";

export function judgeSql({ action, first, second, vacuuming }: AuthorizerQuestion): Verdict {
  if (action === constants.SQLITE_PRAGMA) return judgePragma(first ?? "", second);
  if (action === constants.SQLITE_TRANSACTION) return vacuuming ? write() : deny(first ?? "BEGIN", ONE_TRANSACTION);
  if (action === constants.SQLITE_SAVEPOINT) return deny("SAVEPOINT", ONE_TRANSACTION);
  if (action === constants.SQLITE_ATTACH) {
    // VACUUM copies by way of a nameless temporary database; VACUUM INTO asks with its file's name.
    if (vacuuming) return first === "" ? write() : deny("VACUUM INTO", NO_OTHER_FILE);
    return deny("ATTACH", NO_OTHER_FILE);
  }
  if (action === constants.SQLITE_DETACH) return vacuuming ? write() : deny("DETACH", NO_OTHER_FILE);
  if (TEMPORARY.has(action)) {
    return deny("a temporary table, view, index or trigger", "Queries share no connection. Use WITH or a real table.");
  }
  if (action === constants.SQLITE_FUNCTION && DENIED_FUNCTIONS.has((second ?? "").toLowerCase())) {
    return deny(`the function ${second}`, "Extensions cannot be loaded into a hosted database.");
  }
  if (action === constants.SQLITE_CREATE_VTABLE && !VIRTUAL_TABLE_MODULES.has((second ?? "").toLowerCase())) {
    return deny(`a virtual table of the module ${second}`, "Full text (fts5), rtree and geopoly are available.");
  }
  return READS.has(action) ? { allowed: true, writes: false } : write();
}

function judgePragma(name: string, argument: string | null): Verdict {
  const key = name.toLowerCase();
  const rule = pragmaRule(key);
  if (!rule) return deny(`PRAGMA ${name}`, "How a hosted database is stored is not for its queries to change.");
  if (argument !== null && !rule.argument) return deny(`PRAGMA ${name} with a value`, "It can be read without one.");
  const sets = argument !== null || key === "optimize" || key === "incremental_vacuum";
  return { allowed: true, writes: rule.write && sets };
}

function write(): Verdict {
  return { allowed: true, writes: true };
}

function deny(what: string, hint: string): Verdict {
  return { allowed: false, what, hint };
}
