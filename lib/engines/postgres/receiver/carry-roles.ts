import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Client } from "pg";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { startProgram } from "../programs/run-program.ts";
import { MOST_PREPARED } from "../recovery/recovery-settings.ts";
import { OWN_SETTINGS } from "./open-session.ts";
import { passwordVerifier } from "./password-verifier.ts";
import { preparedIn } from "./serving-configuration.ts";

/** What a role may do as a role, and what proves who it is. Holds verifiers: never in an argument, a log or an error. */
export type RoleCredential = {
  name: string;
  /** What `pg_authid` holds; null: none. */
  verifier: string | null;
  login: boolean;
  superuser: boolean;
  replication: boolean;
  bypassRls: boolean;
  createRole: boolean;
  createDb: boolean;
  validUntil: string | null;
};

const ROLES = `
  SELECT rolname AS name, rolpassword AS verifier, rolcanlogin AS login, rolsuper AS superuser,
         rolreplication AS replication, rolbypassrls AS "bypassRls", rolcreaterole AS "createRole",
         rolcreatedb AS "createDb", rolvaliduntil::text AS "validUntil"
  FROM pg_catalog.pg_authid WHERE rolname !~ '^pg_' ORDER BY rolname`;

/** What is known of a server's own superuser without asking it. */
export function superuserOf({ user: name, password }: ClusterConnection): RoleCredential {
  const may = { login: true, superuser: true, replication: true, bypassRls: true, createRole: true, createDb: true };
  return { name, verifier: passwordVerifier(password), ...may, validUntil: null };
}

/** The roles of a server as they are now; takes a superuser. */
export async function readRoles(access: ClusterConnection): Promise<RoleCredential[]> {
  const { host, port, user, password, database } = access;
  const client = new Client({
    ...{ host, port, user, password, database },
    options: OWN_SETTINGS,
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    const { rows } = await client.query<RoleCredential>(ROLES);
    return rows;
  } finally {
    await client.end();
  }
}

/**
 * Gives the roles in a stopped data directory the credentials and attributes that they have now, so that a state of the past lets
 * in whom the present lets in: a password that was changed since stays changed, and a role that was dropped since cannot log in.
 * `as they were` is for a server that is gone, so that nobody can be asked. Done with the server in its single-user mode, which nobody can connect to. Throws `restore_failed`.
 */
export async function carryRoles(
  programs: PostgresPrograms,
  { directory, configurationFile }: { directory: string; configurationFile: string },
  roles: readonly RoleCredential[],
  others: "shut out" | "as they were",
): Promise<void> {
  await runAlone(programs, { directory, configurationFile }, carryStatement(roles, others));
}

/**
 * One statement, since this mode takes each in a transaction of its own. What is not ours comes as JSON, which has no line breaks,
 * in quotes whose name nobody can guess: no role's name can end the statement.
 */
function carryStatement(roles: readonly RoleCredential[], others: "shut out" | "as they were"): string {
  const quote = `$lastgood${randomBytes(16).toString("hex")}$`;
  const data = `$data${randomBytes(16).toString("hex")}$`;
  return `DO ${quote}
DECLARE r record; w record;
BEGIN
  FOR r IN SELECT rolname, oid FROM pg_catalog.pg_authid WHERE rolname !~ '^pg_' LOOP
    SELECT * INTO w FROM pg_catalog.jsonb_to_recordset(${data}${JSON.stringify(roles)}${data}::jsonb) AS x(
      name text, verifier text, login boolean, superuser boolean, replication boolean, "bypassRls" boolean,
      "createRole" boolean, "createDb" boolean, "validUntil" text) WHERE x.name = r.rolname;
    IF NOT FOUND THEN
      CONTINUE WHEN ${others === "as they were"};
      EXECUTE pg_catalog.format('ALTER ROLE %I NOLOGIN PASSWORD NULL', r.rolname);
      CONTINUE;
    END IF;
    EXECUTE pg_catalog.format('ALTER ROLE %I %s %s %s %s %s PASSWORD %L VALID UNTIL %L', r.rolname,
      CASE WHEN w.login THEN 'LOGIN' ELSE 'NOLOGIN' END,
      CASE WHEN w.replication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
      CASE WHEN w."bypassRls" THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END,
      CASE WHEN w."createRole" THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
      CASE WHEN w."createDb" THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
      w.verifier, COALESCE(w."validUntil", 'infinity'));
    IF r.oid <> 10 THEN
      EXECUTE pg_catalog.format('ALTER ROLE %I %s', r.rolname, CASE WHEN w.superuser THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END);
    END IF;
  END LOOP;
END ${quote}`;
}

/** Runs one statement in the single-user mode. What it says is never shown: it repeats the statement. */
async function runAlone(
  programs: PostgresPrograms,
  { directory, configurationFile }: { directory: string; configurationFile: string },
  statement: string,
): Promise<void> {
  const child = startProgram(
    {
      programs,
      name: "postgres",
      // -j: a statement ends with a semicolon and an empty line. Nothing of the statement is logged.
      args: [
        ...["--single", "-j", "-D", directory, "-c", `config_file=${configurationFile}`],
        ...["-c", "search_path=pg_catalog", "-c", "log_min_error_statement=panic", "-c", "log_statement=none"],
        ...["-c", "exit_on_error=on", "-c", "shared_preload_libraries=", "-c", "session_preload_libraries="],
        ...["-c", "synchronous_standby_names=", "-c", "archive_mode=off"],
        ...["-c", `max_prepared_transactions=${Math.max(MOST_PREPARED, preparedIn(directory))}`],
        "postgres",
      ],
      asClusterUser: true,
    },
    ["pipe", "ignore", "pipe"],
  );
  let complaints = "";
  child.stderr?.on("data", (piece: Buffer) => {
    if (complaints.length < 65_536) complaints += piece.toString("utf8");
  });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(`${statement};\n\n`);
  const [code] = (await once(child, "close")) as [number | null];
  if (code === 0 && !/^.*(ERROR|FATAL|PANIC):/m.test(complaints)) return;
  const cause = /(?:ERROR|FATAL|PANIC): {2}([^\n]{0,200})/.exec(complaints)?.[1] ?? `it ended with code ${code}`;
  throw new LastgoodError("restore_failed", `Roles could not be carried over: ${cause}.`, {
    hint: "Nothing was changed. Keep the agent's log.",
    outcome: "nothing",
  });
}
