import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { passwordVerifier } from "../receiver/password-verifier.ts";
import { connectRestored } from "../recovery/prove-reached.ts";
import type { RecoveredServer } from "../recovery/recovery-plan.ts";

export const SUPERUSER = "lastgood";
export const APPLICATIONS = "app";

/** What makes a role more than a user of its databases. */
const PLAIN = "NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS";
/** Memberships that reach beyond the databases: files, programs and network of the machine, which here is Lastgood's. */
const OF_THE_MACHINE = [
  "pg_execute_server_program",
  "pg_read_server_files",
  "pg_write_server_files",
  "pg_create_subscription",
];

/**
 * Makes a restored state a cluster of our own: `lastgood` is its superuser, `app` the role of its applications, and nobody else can log
 * in with a password of long ago until somebody gives them one. No role that applications may put on is more than a user of its
 * databases: the original's superusers were masters of their machine, not of ours. What it follows or publishes to, the copy leaves alone.
 */
export async function claimCopy(server: RecoveredServer, password: string): Promise<void> {
  const client = await connectRestored(server);
  try {
    await client.query("BEGIN");
    // The first superuser owns PostgreSQL's own functions, those that reach files among them: it never is the applications' role.
    const { rows: first } = await client.query<{ name: string }>(
      "UPDATE pg_authid SET rolname = 'lastgood_original' WHERE oid = 10 AND rolname = $1 RETURNING rolname AS name",
      [APPLICATIONS],
    );
    for (const role of [SUPERUSER, APPLICATIONS]) {
      const { rowCount } = await client.query("SELECT 1 FROM pg_authid WHERE rolname = $1", [role]);
      if (!rowCount) await client.query(`CREATE ROLE ${role}`);
    }
    const { rows } = await client.query<{ name: string; isFirst: boolean }>(
      `SELECT quote_ident(rolname) AS name, oid = 10 AS "isFirst" FROM pg_authid WHERE rolname !~ '^pg_' AND rolname <> ALL ($1)`,
      [[SUPERUSER, APPLICATIONS]],
    );
    for (const { name, isFirst } of rows)
      await client.query(`ALTER ROLE ${name} NOLOGIN ${isFirst ? "" : PLAIN} PASSWORD NULL`);
    await client.query(`ALTER ROLE ${SUPERUSER} SUPERUSER LOGIN REPLICATION PASSWORD '${passwordVerifier(password)}'`);
    await client.query(`ALTER ROLE ${APPLICATIONS} LOGIN ${PLAIN} PASSWORD NULL`);
    await client.query(
      "DELETE FROM pg_auth_members WHERE roleid IN (SELECT oid FROM pg_authid WHERE rolsuper OR rolname = ANY ($1))",
      [OF_THE_MACHINE],
    );
    await client.query("UPDATE pg_subscription SET subenabled = false WHERE subenabled");
    await client.query("COMMIT");
    if (first[0]) server.superuser = first[0].name;
  } finally {
    await client.end();
  }
  await disarm(server);
}

/**
 * That an extension brought a function may be a lie, as whoever is superuser writes it down: one that is made of PostgreSQL's own
 * code has to be one that everybody may call under its own name.
 */
export const HARMLESS = `(lanname <> 'internal' OR (
   EXISTS (SELECT FROM pg_proc own WHERE own.oid < 16384 AND own.prolang = pg_proc.prolang AND own.prosrc = pg_proc.prosrc)
   AND NOT EXISTS (SELECT FROM pg_proc own JOIN pg_init_privs i ON i.classoid = 'pg_proc'::regclass AND i.objoid = own.oid
     WHERE own.oid < 16384 AND own.prosrc = pg_proc.prosrc)
   AND pg_proc.prosrc !~ '^(be_)?lo' AND pg_proc.prosrc !~ '^(pg_terminate|pg_cancel|set_config|pg_stat_get_activity|pg_logical_emit)'))`;

/**
 * Takes from the code in a state's databases what it could do as somebody who is master of Lastgood's machine: functions with
 * a superuser's rights lose them, those in languages that are not trusted cannot be called unless an extension brought them, what
 * was given to everybody beyond PostgreSQL's own rules is taken back, and foreign tables, which are files, programs and other servers, cannot
 * be read.
 */
const DISARM = `
UPDATE pg_proc SET proacl = i.initprivs FROM pg_init_privs i
 WHERE i.classoid = 'pg_proc'::regclass AND i.objoid = pg_proc.oid AND i.objsubid = 0 AND proacl IS DISTINCT FROM i.initprivs;
UPDATE pg_proc SET prosecdef = false WHERE prosecdef AND oid >= 16384
 AND proowner IN (SELECT oid FROM pg_authid WHERE rolsuper);
UPDATE pg_proc SET proacl = '{}', proowner = 10 FROM pg_language l
 WHERE l.oid = prolang AND NOT l.lanpltrusted AND lanname <> 'sql' AND pg_proc.oid >= 16384 AND NOT (EXISTS (
   SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = pg_proc.oid
   AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e') AND ${HARMLESS});
UPDATE pg_event_trigger SET evtenabled = 'D';
UPDATE pg_foreign_data_wrapper SET fdwhandler = 0;
`;

/**
 * Whatever is stored in a superuser's table runs with a superuser's rights when the server itself comes by, as autovacuum does: expressions
 * of indexes, for one. So none is left that has one of its own.
 */
const SUPERUSERS_TABLES = `
SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_roles r ON r.oid = relowner JOIN pg_namespace n ON n.oid = relnamespace
 WHERE rolsuper AND c.oid >= 16384 AND relkind IN ('r', 'p', 'm', 'v', 'f') AND nspname !~ '^pg_(toast|temp)'
 AND NOT relispartition ORDER BY c.oid`;

async function disarm(server: RecoveredServer): Promise<void> {
  const client = await connectRestored(server);
  let databases: string[] = [];
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT datname::text AS name FROM pg_database WHERE datallowconn",
    );
    databases = rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
  for (const database of databases) {
    const one = await connectRestored(server, database);
    try {
      await one.query(DISARM);
      const { rows } = await one.query<{ name: string }>(SUPERUSERS_TABLES);
      for (const { name } of rows) await one.query(`ALTER TABLE ${name} OWNER TO ${APPLICATIONS}`);
    } finally {
      await one.end();
    }
  }
}

/** Lets applications of a copy read and write what was somebody else's in the original. */
export async function openToApplications(server: RecoveredServer): Promise<void> {
  const client = await connectRestored(server);
  try {
    await client.query(`GRANT pg_read_all_data, pg_write_all_data TO ${APPLICATIONS}`);
  } finally {
    await client.end();
  }
}

/** The database that applications of a copy connect to: the one that was attached, or the one that hosted clusters are made with. */
export async function databaseOf(server: RecoveredServer, source: ClusterConnection | null): Promise<string> {
  const wanted = source === null ? APPLICATIONS : source.database;
  const client = await connectRestored(server);
  try {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [wanted]);
    if (rowCount) return wanted;
  } finally {
    await client.end();
  }
  throw new LastgoodError("restore_failed", `The restored state has no database ${wanted}.`, {
    hint: "Choose a later moment.",
    outcome: "nothing",
  });
}
