import { quoteName, type ServerSession } from "./server-session.ts";

const THEIRS = "nspname !~ '^pg_' AND nspname <> 'information_schema'";

/** What everybody may call, and what does something even in a transaction that only reads. */
const ACTING = [
  ...["pg_terminate_backend", "pg_cancel_backend", "pg_notify", "pg_logical_emit_message"],
  ...["lo_creat", "lo_create", "lo_from_bytea", "lo_put", "lowrite", "lo_truncate", "lo_truncate64", "lo_unlink"],
];

/** Whether the session's role lacks the right to read something that is people's. */
export async function lacksReading(session: ServerSession): Promise<boolean> {
  const lacking = await session.value(
    `SELECT 1 FROM pg_catalog.pg_namespace n WHERE ${THEIRS} AND (NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') OR EXISTS (
       SELECT FROM pg_catalog.pg_class c WHERE relnamespace = n.oid AND relkind IN ('r', 'p', 'v', 'm', 'f')
       AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT'))) LIMIT 1`,
  );
  return lacking !== null;
}

/**
 * Lets a role read what is in a database and what its owner will make there, and do nothing else: functions that act are no longer everybody's
 * in this database, but those of the roles that are there.
 */
export async function letRead(
  session: ServerSession,
  { role, database, owner }: { role: string; database: string; owner: string },
): Promise<void> {
  await session.run("SET statement_timeout = '5s'");
  const schemas = await session.rows(`SELECT nspname FROM pg_catalog.pg_namespace WHERE ${THEIRS}`);
  const grants = schemas.map(([schema]) => {
    const name = quoteName(schema ?? "");
    return `GRANT USAGE ON SCHEMA ${name} TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA ${name} TO ${role};
      GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${name} TO ${role}`;
  });
  const acting = await session.rows(
    `SELECT oid::regprocedure::text FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
       AND proname = ANY ($1) AND pg_catalog.has_function_privilege($2, oid, 'EXECUTE')`,
    [ACTING, role],
  );
  const others = await session.rows(
    "SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles WHERE NOT rolsuper AND rolname !~ '^(pg_|lastgood)'",
  );
  const revokes = acting.map(
    ([name]) =>
      `REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC; GRANT EXECUTE ON FUNCTION ${name} TO ${others.map(([one]) => one).join(", ")}`,
  );
  await session.run(
    [
      `GRANT CONNECT ON DATABASE ${quoteName(database)} TO ${role}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteName(owner)} GRANT SELECT ON TABLES TO ${role}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteName(owner)} GRANT SELECT ON SEQUENCES TO ${role}`,
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteName(owner)} GRANT USAGE ON SCHEMAS TO ${role}`,
      ...grants,
      ...revokes,
    ].join("; "),
  );
}
