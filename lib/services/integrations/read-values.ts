import type { MetadataReader } from "../../db/client.ts";
import { connectionString } from "../../domain/cluster-connection.ts";
import { type Variable, type VariableHolds, variableNameFor } from "../../domain/integration.ts";
import { readEnv } from "../../env.ts";
import { openConnection } from "../databases/cluster-connection.ts";
import type { DatabaseRow } from "../databases/find-database.ts";

export type PushedValues = {
  database: { id: string; name: string };
  restore: { id: string; restored_to: string | null; restored_at: string | null } | null;
  variables: Readonly<Record<string, string>>;
};

/**
 * The variables of one database as they are now; null where the database is gone. What a database that was never restored does
 * not have is left out, as is a connection that is not ours to hand on.
 */
export async function readValues(
  db: MetadataReader,
  databaseId: string,
  variables: readonly Variable[],
): Promise<PushedValues | null> {
  const database = await db.database.findFirst({
    where: { id: databaseId, deletedAtMs: null },
    include: { namespace: { select: { slug: true } } },
  });
  if (!database) return null;
  const last = await db.restore.findFirst({
    where: { databaseId, status: "completed", targetKind: { in: ["project", "cutover"] } },
    orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
  });
  const restore = last && {
    id: last.id,
    restored_to: instantOf(last.reachedTimeMs),
    restored_at: instantOf(last.finishedAtMs),
  };
  const { id, name } = database;
  const values: Record<VariableHolds, string | null> = {
    connection: connectionOf(database),
    database_id: id,
    database_name: name,
    restore_id: restore?.id ?? null,
    restored_to: restore?.restored_to ?? null,
    restored_at: restore?.restored_at ?? null,
  };
  const known = variables.flatMap((one): [string, string][] => {
    const value = values[one.holds];
    return value === null ? [] : [[variableNameFor(one.name, name), value]];
  });
  return { database: { id, name }, restore, variables: Object.fromEntries(known) };
}

/** What applications connect with; null for a server of somebody else's, whose password is not handed on. */
function connectionOf(database: DatabaseRow & { namespace: { slug: string } }): string | null {
  const { id, engine, origin, path, namespace } = database;
  if (engine === "postgres") {
    const connection = origin === "hosted" ? openConnection(database) : null;
    return connection && connectionString(connection);
  }
  if (origin !== "hosted") return `file:${path}`;
  // By id: it stays the same when the database is renamed.
  return `${readEnv().publicUrl}/api/namespaces/${namespace.slug}/databases/${id}/query`;
}

function instantOf(ms: bigint | null): string | null {
  return ms === null ? null : new Date(Number(ms)).toISOString();
}
