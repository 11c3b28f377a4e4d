import type { ServerFacts } from "../history/begin-stretch.ts";
import type { Session } from "./open-session.ts";

type Row = { id: string; version: string; segment: string; superuser: string };

/** What a history begins with. */
export async function readServerFacts(session: Session, databaseId: string): Promise<ServerFacts> {
  const { rows } = await session.query<Row>(`SELECT (SELECT system_identifier::text FROM pg_control_system()) AS id,
    current_setting('server_version_num') AS version,
    (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size') AS segment,
    (SELECT rolname FROM pg_roles WHERE oid = 10) AS superuser`);
  const row = rows[0];
  if (!row) throw new Error("a server said nothing of itself");
  return {
    databaseId,
    systemIdentifier: row.id,
    serverVersion: Math.floor(Number(row.version) / 10_000),
    segmentBytes: Number(row.segment),
    superuser: row.superuser,
  };
}

/** Where the log of a server stands: the timeline that it writes, the end of what is written, and its clock. */
export async function readLogEnd(session: Session): Promise<{ timeline: number; lsn: string; clockMs: number }> {
  const { rows } = await session.query<{ file: string; lsn: string; ms: string }>(
    `SELECT pg_walfile_name(lsn) AS file, lsn, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms
     FROM pg_current_wal_insert_lsn() AS lsn`,
  );
  const row = rows[0];
  if (!row) throw new Error("a server has no log");
  return { timeline: Number.parseInt(row.file.slice(0, 8), 16), lsn: row.lsn, clockMs: Number(row.ms) };
}

/** Bytes of all databases, as far as this role may know. */
export async function readClusterBytes(session: Session): Promise<number> {
  const { rows } = await session.query<{ bytes: string | null }>(
    "SELECT sum(pg_database_size(oid)) AS bytes FROM pg_database WHERE has_database_privilege(oid, 'CONNECT')",
  );
  return Number(rows[0]?.bytes ?? 0);
}
