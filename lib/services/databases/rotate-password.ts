import { randomBytes } from "node:crypto";
import { metadata } from "../../db/client.ts";
import { type ClusterConnection, connectionString } from "../../domain/cluster-connection.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { queuePushesOf } from "../integrations/queue-pushes.ts";
import { authorise, perform } from "../perform.ts";
import { openConnection, sealConnection } from "./cluster-connection.ts";
import { type DatabaseRow, findDatabase, requireProtected } from "./find-database.ts";

const TIMEOUT_MS = 30_000;
/** 192 bits; no character of it needs an escape in a connection string. */
const PASSWORD_BYTES = 24;

/**
 * Gives the role that applications connect with a new password; who is connected stays so, the next connection needs it, and
 * integrated deployments get it pushed. Answers the new connection string. Where it cannot be written down the old password is set again. Throws `conflict` for what nobody
 * connects to with a password of ours.
 */
export async function rotatePassword(
  ctx: CallContext,
  { namespace, database }: { namespace: string; database: string },
): Promise<{ connectionString: string }> {
  const row = await authorise(ctx, "database.rotate-password", { namespace }, async (db, principal) => {
    const found = await findDatabase(db, principal, database);
    await requireConfirmed(ctx, db);
    return found;
  });
  requireProtected(row);
  const before = requireConnection(row);
  const after = { ...before, password: randomBytes(PASSWORD_BYTES).toString("base64url") };
  await setPassword(row, after);
  try {
    await perform(ctx, "database.rotate-password", { namespace }, async ({ db, principal, note }) => {
      const now = await findDatabase(db, principal, row.id);
      note({ kind: "database", id: row.id }, { role: before.user });
      requireSame(now, row);
      await db.database.update({ where: { id: row.id }, data: { connection: sealConnection(row.id, after) } });
      await queuePushesOf(db, { namespaceId: row.namespaceId, databaseId: row.id });
    });
  } catch (error) {
    await setBack(row);
    throw error;
  }
  return { connectionString: connectionString(after) };
}

function setPassword(row: DatabaseRow, connection: ClusterConnection): Promise<null> {
  return askAgentOf(row, "setPassword", { databaseId: row.id, connection }, TIMEOUT_MS);
}

/** What stands in the row is what applications get to read, so that is what has to open the door. */
async function setBack({ id }: DatabaseRow): Promise<void> {
  const row = await metadata().database.findUniqueOrThrow({ where: { id } });
  const connection = openConnection(row);
  if (connection) await setPassword(row, connection);
}

function requireSame(now: DatabaseRow, before: DatabaseRow): void {
  if (now.connection === before.connection) return;
  throw new LastgoodError("conflict", `The password of ${now.name} was just changed by somebody else.`, {
    hint: "Read the connection string again.",
  });
}

function requireConnection(row: DatabaseRow): ClusterConnection {
  const connection = row.origin === "hosted" ? openConnection(row) : null;
  if (connection) return connection;
  const cause =
    row.engine === "postgres"
      ? `${row.name} is attached; its passwords are its own server's.`
      : `${row.name} is a file; nobody connects to it with a password.`;
  throw new LastgoodError("conflict", cause, { hint: "Passwords are changed here for hosted PostgreSQL alone." });
}
