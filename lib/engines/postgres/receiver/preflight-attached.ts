import pg from "pg";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { checkedWays } from "../programs/checked-addresses.ts";
import { NEWEST_MAJOR, OLDEST_MAJOR } from "../programs/find-programs.ts";
import { openSession, type Session, tlsOf } from "./open-session.ts";
import { slotName } from "./replication-slot.ts";

/** Roles by which services that refuse physical replication are known, and what they are called. */
const SERVICES: Record<string, string> = {
  rdsadmin: "Amazon RDS",
  rds_superuser: "Amazon RDS",
  cloudsqlsuperuser: "Google Cloud SQL",
  alloydbsuperuser: "Google AlloyDB",
  azure_pg_admin: "Azure Database for PostgreSQL",
  supabase_admin: "Supabase",
  neon_superuser: "Neon",
};

type Facts = {
  version: string;
  replication: boolean;
  recovering: boolean;
  wal_level: string;
  senders: string;
  used_senders: string;
  slots: string;
  used_slots: string;
  ours: boolean;
  services: string[] | null;
  tablespaces: string;
};

const FACTS = `SELECT current_setting('server_version_num') AS version,
  (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS replication,
  pg_is_in_recovery() AS recovering, current_setting('wal_level') AS wal_level,
  current_setting('max_wal_senders') AS senders, (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender') AS used_senders,
  current_setting('max_replication_slots') AS slots, (SELECT count(*) FROM pg_replication_slots) AS used_slots,
  EXISTS (SELECT 1 FROM pg_replication_slots WHERE slot_name = $2) AS ours,
  (SELECT array_agg(rolname::text) FROM pg_roles WHERE rolname = ANY ($1::text[])) AS services,
  (SELECT count(*) FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')) AS tablespaces`;

/**
 * Whether a server can be protected as it is reached here; its major version. Throws `attach_refused` naming what is missing and
 * what to do about it; neither ever names the password.
 */
export async function requireProtectable(access: ClusterConnection, databaseId: string): Promise<number> {
  const session = await openSession(access).catch((error: unknown) => refuse(...explainConnecting(error)));
  try {
    const major = await requireFacts(session, databaseId);
    await requireReplication(access);
    return major;
  } finally {
    await session.end().catch(() => undefined);
  }
}

async function requireFacts(session: Session, databaseId: string): Promise<number> {
  const { rows } = await session.query<Facts>(FACTS, [Object.keys(SERVICES), slotName(databaseId, 1)]);
  const facts = rows[0] ?? refuse("The server said nothing of itself.", "Try again.");
  const service = facts.services?.[0];
  if (service) {
    refuse(
      `${SERVICES[service] ?? "This service"} does not let others replicate its servers physically.`,
      "Make a PostgreSQL database here and fill it with scheduled portable backups of that server.",
    );
  }
  const major = Math.floor(Number(facts.version) / 10_000);
  if (major < OLDEST_MAJOR || major > NEWEST_MAJOR) {
    refuse(`The server is PostgreSQL ${major}.`, `Lastgood protects PostgreSQL ${OLDEST_MAJOR} to ${NEWEST_MAJOR}.`);
  }
  if (facts.recovering) refuse("The server is a standby, which writes no log of its own.", "Attach its primary.");
  if (!facts.replication) {
    refuse("The role may not replicate.", "As a superuser: ALTER ROLE … REPLICATION. Nothing more is needed.");
  }
  if (facts.wal_level === "minimal") {
    refuse("The server writes too little log (wal_level=minimal).", "Set wal_level = replica and restart it.");
  }
  const isFull = (most: string, used: string) => Number(used) >= Number(most);
  if (!facts.ours && isFull(facts.slots, facts.used_slots)) {
    refuse("The server has no free replication slot.", "Raise max_replication_slots and restart it, or drop a slot.");
  }
  // One streams all the time, two more while a base backup is taken.
  if (Number(facts.senders) - Number(facts.used_senders) < 3 && !facts.ours) {
    refuse("The server has too few free WAL senders: three are needed.", "Raise max_wal_senders and restart it.");
  }
  if (Number(facts.tablespaces) > 0) {
    refuse("The server has tablespaces of its own.", "Move what is in them to pg_default and drop them.");
  }
  return major;
}

/** That pg_hba.conf lets the role replicate from here, which is a right of its own. */
async function requireReplication(access: ClusterConnection): Promise<void> {
  const { port, user, password } = access;
  const [{ host, servername } = { host: access.host, servername: undefined }] = await checkedWays(access);
  const tls = tlsOf(access);
  const options = { host, port, user, password, ssl: tls && { ...tls, servername }, connectionTimeoutMillis: 10_000 };
  const client = new pg.Client({ ...options, replication: "true" } as pg.ClientConfig);
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("IDENTIFY_SYSTEM");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    refuse(
      `The server does not let the role replicate from this machine: ${why}.`,
      "Add a line for the database replication and this role to its pg_hba.conf, and reload it.",
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

function explainConnecting(error: unknown): [string, string] {
  if (error instanceof LastgoodError) throw error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const why = error instanceof Error ? error.message : String(error);
  if (code === "28P01" || code === "28000") return [`The server refuses the role: ${why}.`, "Check user and password."];
  if (code === "3D000") return [`${why}.`, "Name a database that is there."];
  return [`The server cannot be reached: ${why}.`, "Check address, port and TLS, and that it accepts connections."];
}

function refuse(cause: string, hint: string): never {
  throw new LastgoodError("attach_refused", cause.replace(/\.\.$/, "."), { hint });
}
