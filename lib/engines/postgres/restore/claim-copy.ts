import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { passwordVerifier } from "../receiver/password-verifier.ts";
import { connectRestored } from "../recovery/prove-reached.ts";
import type { RecoveredServer } from "../recovery/recovery-plan.ts";

export const SUPERUSER = "lastgood";
export const APPLICATIONS = "app";

/**
 * Makes a restored state a cluster of our own: `lastgood` is its superuser, `app` the role of its applications, and nobody else can log
 * in with a password of long ago until somebody gives them one. What the original follows or publishes to, the copy leaves alone.
 */
export async function claimCopy(server: RecoveredServer, password: string): Promise<void> {
  const client = await connectRestored(server);
  try {
    await client.query("BEGIN");
    for (const role of [SUPERUSER, APPLICATIONS]) {
      const { rowCount } = await client.query("SELECT 1 FROM pg_authid WHERE rolname = $1", [role]);
      if (!rowCount) await client.query(`CREATE ROLE ${role}`);
    }
    const { rows } = await client.query<{ name: string }>(
      "SELECT quote_ident(rolname) AS name FROM pg_authid WHERE rolname !~ '^pg_' AND rolname <> ALL ($1)",
      [[SUPERUSER, APPLICATIONS]],
    );
    for (const { name } of rows) await client.query(`ALTER ROLE ${name} NOLOGIN PASSWORD NULL`);
    await client.query(`ALTER ROLE ${SUPERUSER} SUPERUSER LOGIN REPLICATION PASSWORD '${passwordVerifier(password)}'`);
    await client.query(`ALTER ROLE ${APPLICATIONS} LOGIN NOSUPERUSER NOREPLICATION PASSWORD NULL`);
    await client.query("UPDATE pg_subscription SET subenabled = false WHERE subenabled");
    await client.query("COMMIT");
  } finally {
    await client.end();
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
