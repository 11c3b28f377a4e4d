/** `argument`: may be given one. `write`: changes the database although SQLite's questions do not show it. */
export type PragmaRule = { argument: boolean; write: boolean };
const ASK: PragmaRule = { argument: false, write: false };
const ASK_ABOUT: PragmaRule = { argument: true, write: false };
const SET: PragmaRule = { argument: true, write: true };

/** Everything else is denied to people's SQL. `foreign_keys` may be set since it has no effect within a transaction: migrations do that. */
const PRAGMAS: Record<string, PragmaRule> = {
  application_id: SET,
  auto_vacuum: ASK,
  collation_list: ASK,
  compile_options: ASK,
  data_version: ASK,
  defer_foreign_keys: ASK_ABOUT,
  encoding: ASK,
  foreign_key_check: ASK_ABOUT,
  foreign_key_list: ASK_ABOUT,
  foreign_keys: ASK_ABOUT,
  freelist_count: ASK,
  function_list: ASK,
  incremental_vacuum: SET,
  index_info: ASK_ABOUT,
  index_list: ASK_ABOUT,
  index_xinfo: ASK_ABOUT,
  integrity_check: ASK_ABOUT,
  module_list: ASK,
  optimize: SET,
  page_count: ASK,
  page_size: ASK,
  pragma_list: ASK,
  quick_check: ASK_ABOUT,
  schema_version: ASK,
  table_info: ASK_ABOUT,
  table_list: ASK_ABOUT,
  table_xinfo: ASK_ABOUT,
  user_version: SET,
};

/** @param name in lower case */
export function pragmaRule(name: string): PragmaRule | undefined {
  return Object.hasOwn(PRAGMAS, name) ? PRAGMAS[name] : undefined;
}
