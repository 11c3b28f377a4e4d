import { AppliedWorld } from "../applied-world.ts";
import type { Scenario } from "../scenario.ts";

const EARLIER = "CREATE TABLE t(id INTEGER PRIMARY KEY, v); PRAGMA user_version = 1";
const SINCE = "CREATE TABLE later(v); INSERT INTO later VALUES (zeroblob(100000)); PRAGMA user_version = 2";

export const scenario: Scenario = async (folder) => {
  const world = new AppliedWorld(folder, EARLIER, SINCE);
  const applied = await world.goBack().catch((error: unknown) => String(error));
  if (typeof applied === "string") return `nothing is in the way of the apply, and yet: ${applied}`;
  const found = {
    cookie: world.fresh("PRAGMA schema_version"),
    version: world.fresh("PRAGMA user_version"),
    check: world.fresh("PRAGMA integrity_check"),
    later: world.fresh("SELECT count(*) FROM sqlite_schema WHERE name = 'later'"),
  };
  const wanted = { cookie: applied.schemaCookie, version: 1, check: "ok", later: 0 };
  return JSON.stringify(found) === JSON.stringify(wanted) ? null : `after the apply: ${JSON.stringify(found)}`;
};
