import { LastgoodError } from "../../../domain/errors.ts";
import type { RecoveredServer } from "../recovery/recovery-plan.ts";
import { HARMLESS } from "../restore/claim-copy.ts";
import { placeOfCopy, quoteName, type ServerPlace, type ServerSession, withSession } from "./server-session.ts";

/** Who reads a copy of the past. `view`: people's SQL. `compare`: our own, which may also make temporary tables. */
const ROLES = { view: "lastgood_view", compare: "lastgood_compare" } as const;
/** Bytes that a query may write to temporary files. */
const TEMPORARY_LIMIT = "2GB";

/**
 * What a restored cluster brings along is its owners' code, and here it would run on Lastgood's machine: functions with their owner's
 * rights, languages and extensions that reach files, programs and other servers, rights that somebody once gave to everybody. All
 * of that is taken away before the first question; the copy is thrown away afterwards.
 *
 * - `pg_init_privs` has what PostgreSQL itself and its extensions allow everybody: anything given beyond it is taken back.
 * - A function that is no part of PostgreSQL, in a language that is not trusted, stays callable only where it belongs to an extension
 *   that PostgreSQL marks as trusted (`trusted = true` in its control file), as hstore and pgcrypto are.
 */
const TAME = `
UPDATE pg_proc SET proacl = i.initprivs FROM pg_init_privs i
 WHERE i.classoid = 'pg_proc'::regclass AND i.objoid = pg_proc.oid AND i.objsubid = 0 AND proacl IS DISTINCT FROM i.initprivs;
UPDATE pg_class SET relacl = i.initprivs FROM pg_init_privs i
 WHERE i.classoid = 'pg_class'::regclass AND i.objoid = pg_class.oid AND i.objsubid = 0 AND relacl IS DISTINCT FROM i.initprivs;
UPDATE pg_class SET relacl = ARRAY[makeaclitem(relowner, relowner, 'SELECT', false)] WHERE relacl IS NOT NULL AND oid < 16384
 AND NOT EXISTS (SELECT FROM pg_init_privs i WHERE i.classoid = 'pg_class'::regclass AND i.objoid = pg_class.oid AND i.objsubid = 0);
UPDATE pg_attribute SET attacl = NULL WHERE attacl IS NOT NULL AND attrelid < 16384;
UPDATE pg_proc SET prosecdef = false WHERE prosecdef;
UPDATE pg_proc SET proacl = ARRAY[makeaclitem(proowner, proowner, 'EXECUTE', false)] FROM pg_language l
 WHERE l.oid = prolang AND NOT l.lanpltrusted AND lanname <> 'sql' AND pg_proc.oid >= 16384 AND NOT EXISTS (
   SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
   JOIN pg_available_extension_versions v ON v.name = e.extname AND v.trusted
   WHERE d.classid = 'pg_proc'::regclass AND d.objid = pg_proc.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
   AND ${HARMLESS});
UPDATE pg_proc SET proacl = ARRAY[makeaclitem(proowner, proowner, 'EXECUTE', false)] WHERE oid < 16384 AND proname = ANY ('{${[
  "set_config",
  "pg_terminate_backend",
  "pg_cancel_backend",
  "pg_stat_get_activity",
  "pg_logical_emit_message",
  "lo_creat",
  "lo_create",
  "lo_from_bytea",
  "lo_put",
  "lowrite",
  "lo_truncate",
  "lo_truncate64",
  "lo_unlink",
  "lo_import",
  "lo_export",
].join(",")}}');
UPDATE pg_foreign_data_wrapper SET fdwhandler = 0;
UPDATE pg_event_trigger SET evtenabled = 'D';
DELETE FROM pg_db_role_setting WHERE setconfig::text ~* '(preload|library|command|temp_file_limit|role=|session_authorization|transaction_read_only)';
`;

/** Copies that have been prepared, by database: each once. */
const tamed = new WeakMap<RecoveredServer, Map<string, Promise<void>>>();

/** A copy of the past as its readers reach it. */
export type Copy = {
  /** Where people's SQL runs. */
  view: ServerPlace;
  /** Where Lastgood's own comparisons read. */
  compare: ServerPlace;
  database: string;
};

/** Prepares a copy for its readers, once. @param preferred the database of people, if it is there */
export async function openCopy(server: RecoveredServer, preferred: string): Promise<Copy> {
  const asSuperuser = (database: string) => placeOfCopy(server, server.superuser, database);
  const database = await withSession(asSuperuser("template1"), (session) => findDatabase(session, preferred));
  const known = tamed.get(server) ?? new Map<string, Promise<void>>();
  tamed.set(server, known);
  const work = known.get(database) ?? withSession(asSuperuser(database), (session) => tame(session, database));
  known.set(database, work);
  try {
    await work;
  } catch (error) {
    known.delete(database);
    throw error;
  }
  return {
    database,
    view: placeOfCopy(server, ROLES.view, database),
    compare: placeOfCopy(server, ROLES.compare, database),
  };
}

/** The database that people mean: the one of that name, else the first that is theirs. Throws `not_found`. */
export async function findDatabase(session: ServerSession, preferred: string): Promise<string> {
  const found = await session.value(
    `SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate
     ORDER BY datname = $1 DESC, datname = 'postgres', oid LIMIT 1`,
    [preferred],
  );
  if (found !== null) return found;
  throw new LastgoodError("not_found", "The cluster had no database then.", { hint: "Choose another moment." });
}

export async function tame(session: ServerSession, database: string): Promise<void> {
  const { view, compare } = ROLES;
  await session.run(`BEGIN; SET LOCAL search_path = pg_catalog; ${TAME} COMMIT`);
  for (const role of [view, compare]) {
    // What somebody called by this name is nobody here.
    const isThere = await session.value("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", [role]);
    if (isThere === null) await session.run(`CREATE ROLE ${role}`);
    await session.run(
      `DELETE FROM pg_catalog.pg_auth_members WHERE member = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = '${role}')`,
    );
    await session.run(
      `ALTER ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS CONNECTION LIMIT -1 VALID UNTIL 'infinity';
       ALTER ROLE ${role} RESET ALL; ALTER ROLE ${role} SET temp_file_limit = '${TEMPORARY_LIMIT}';
       GRANT CONNECT, TEMPORARY ON DATABASE ${quoteName(database)} TO ${role}`,
    );
  }
  await grantReading(session, Object.values(ROLES).join(", "));
}

/** Reading of everything that is not PostgreSQL's own: with `pg_read_all_data` the passwords of roles could be read too. */
async function grantReading(session: ServerSession, roles: string): Promise<void> {
  const schemas = await session.rows(
    `SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
  );
  for (const [schema] of schemas) {
    const name = quoteName(schema ?? "");
    await session.run(
      `GRANT USAGE ON SCHEMA ${name} TO ${roles}; GRANT SELECT ON ALL TABLES IN SCHEMA ${name} TO ${roles};
       GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${name} TO ${roles}`,
    );
  }
}
