import pg from "pg";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { checkedWays, isUnreachable } from "../programs/checked-addresses.ts";

/** One connection to a server. */
export type Session = pg.Client;

const CONNECT_WITHIN_MS = 10_000;

const TLS: Record<ClusterConnection["sslMode"], (false | { rejectUnauthorized: boolean })[]> = {
  disable: [false],
  prefer: [{ rejectUnauthorized: false }, false],
  require: [{ rejectUnauthorized: false }],
  "verify-full": [{ rejectUnauthorized: true }],
};

/**
 * What Lastgood's own sessions begin with: it beats whatever the owner of a database or a role has set for theirs. A name that is found
 * in somebody else's schema first would be their code, run with our rights.
 */
export const OWN_SETTINGS = "-c search_path=pg_catalog -c default_transaction_read_only=off";

/**
 * Opens a connection as libpq would for that `sslMode`. Rejects with `pg`'s or the system's error, which holds no password.
 * @param lost called when it ends by itself later on
 */
export async function openSession(
  access: ClusterConnection,
  { name = "lastgood", lost = () => undefined }: { name?: string; lost?: (error: Error) => void } = {},
): Promise<Session> {
  const ways = (await checkedWays(access)).flatMap((way) => TLS[access.sslMode].map((ssl) => ({ ...way, ssl })));
  for (const [index, { host, servername, ssl }] of ways.entries()) {
    const { port, user, password, database } = access;
    const client = new pg.Client({
      host,
      port,
      user,
      password,
      database,
      ssl: ssl && { ...ssl, servername },
      application_name: name,
      options: OWN_SETTINGS,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      keepAlive: true,
    });
    client.on("error", lost);
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (ssl && TLS[access.sslMode].includes(false) && isWithoutTls(error)) continue;
      if (isUnreachable(error) && index < ways.length - 1) continue;
      throw error;
    }
  }
  throw new LastgoodError("internal", "A server was reached neither with TLS nor without it.");
}

function isWithoutTls(error: unknown): boolean {
  return error instanceof Error && error.message.includes("does not support SSL");
}

/** The strictest way of TLS that such a connection may be made with. */
export function tlsOf({ sslMode }: ClusterConnection): false | { rejectUnauthorized: boolean } {
  return sslMode === "prefer" ? false : (TLS[sslMode][0] ?? false);
}

/** Runs something over a connection of its own. */
export async function withSession<T>(access: ClusterConnection, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(access);
  try {
    return await work(session);
  } finally {
    await session.end().catch(() => undefined);
  }
}
