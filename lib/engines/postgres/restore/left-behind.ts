import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { openSession } from "../receiver/open-session.ts";

const WITHIN_MS = 5000;

const SLOTS = `SELECT slot_name AS name FROM pg_catalog.pg_replication_slots WHERE slot_name !~ '^lastgood_' ORDER BY 1`;
const STANDBYS = `SELECT DISTINCT application_name AS name FROM pg_catalog.pg_stat_replication
  WHERE application_name !~ '^(lastgood|pg_basebackup)' ORDER BY 1`;
const PREPARED = `SELECT gid AS name FROM pg_catalog.pg_prepared_xacts ORDER BY 1`;
const UNLOGGED = `SELECT oid::regclass::text AS name FROM pg_catalog.pg_class
  WHERE relpersistence = 'u' AND relkind = 'r' ORDER BY 1 LIMIT 20`;

/**
 * What a server has now and will not have once its data directory is exchanged, one sentence each for people.
 * @param applications the same server's database of applications
 * @param isReady whether the state is one that was set aside, which kept what only crashes empty
 */
export async function findLeftBehind(
  access: ClusterConnection,
  { applications, isReady }: { applications: string; isReady: boolean },
): Promise<string[]> {
  const left = ["Every connection ends when the server stops, for about a second; applications have to connect again."];
  try {
    const [slots, standbys, prepared] = await names(access, [SLOTS, STANDBYS, PREPARED]);
    if (slots?.length)
      left.push(`Replication slots are dropped, and whoever reads from them has to begin anew: ${list(slots)}.`);
    if (standbys?.length) left.push(`Standby servers cannot follow and have to be made anew: ${list(standbys)}.`);
    if (prepared?.length) left.push(`Prepared transactions that nobody has committed are gone: ${list(prepared)}.`);
    const [unlogged] = isReady ? [] : await names({ ...access, database: applications }, [UNLOGGED]);
    if (unlogged?.length) left.push(`Unlogged tables are empty afterwards: ${list(unlogged)}.`);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    left.push("The server does not answer: whether it has replication slots or standby servers is not known.");
  }
  left.push(
    "Roles keep the passwords and rights to log in that they have now; roles made since are gone, roles dropped since cannot log in.",
  );
  return left;
}

async function names(access: ClusterConnection, questions: readonly string[]): Promise<string[][]> {
  const session = await openSession(access);
  try {
    await session.query(`SET statement_timeout = ${WITHIN_MS}`);
    const answers = [];
    for (const sql of questions) {
      const { rows } = await session.query<{ name: string }>(sql);
      answers.push(rows.map(({ name }) => name));
    }
    return answers;
  } finally {
    await session.end().catch(() => undefined);
  }
}

const list = (all: readonly string[]) => all.join(", ");
