import type { ServerSession } from "../look/server-session.ts";

const MOST_NAMED = 10;
const QUESTIONS = {
  databases: `SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <> current_database() ORDER BY 1`,
  publications: "SELECT pubname FROM pg_publication ORDER BY 1",
  subscriptions: `SELECT subname FROM pg_stat_subscription GROUP BY 1 ORDER BY 1`,
  slots: `SELECT slot_name FROM pg_replication_slots WHERE slot_type = 'logical' AND database = current_database() ORDER BY 1`,
  unlogged: `SELECT oid::regclass FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r' ORDER BY 1`,
  extensions: "SELECT extname || ' ' || extversion FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1",
  foreign: "SELECT srvname FROM pg_foreign_server ORDER BY 1",
} as const;

/** What a transfer into a database does not bring back, or takes along: one sentence each, for people. */
export async function findNotTransferred(session: ServerSession): Promise<string[]> {
  const there: Partial<Record<keyof typeof QUESTIONS, string>> = {};
  for (const [name, sql] of Object.entries(QUESTIONS) as [keyof typeof QUESTIONS, string][]) {
    const all = (await session.rows(sql)).map(([one]) => one ?? "");
    if (all.length > 0) there[name] = all.slice(0, MOST_NAMED).join(", ") + (all.length > MOST_NAMED ? ", …" : "");
  }
  const database = await session.value("SELECT current_database()");
  const { databases, publications, subscriptions, slots, unlogged, extensions, foreign } = there;
  return [
    `Only the database ${database} goes back${databases ? `: ${databases} on the same server stay as they are` : ""}.`,
    "Roles, their passwords and memberships, and the settings of database and server stay as they are now.",
    extensions && `Extensions stay in the versions they have now: ${extensions}.`,
    foreign && `Foreign servers and the accounts used there stay as they are now: ${foreign}.`,
    publications && `Publications lose their tables, and whoever follows them has to begin anew: ${publications}.`,
    subscriptions && `Subscriptions fill none of the tables until they are refreshed: ${subscriptions}.`,
    slots && `Whoever reads changes through these slots sees tables made anew: ${slots}.`,
    unlogged && `Unlogged tables are empty afterwards: ${unlogged}.`,
    "Materialized views are filled anew from the tables of that moment; default privileges of that moment are added to those of today.",
  ].filter((one) => one !== undefined && one !== "") as string[];
}
