import type { MetadataReader } from "../../db/client.ts";
import { type Variable, type VariableHolds, variableNameFor } from "../../domain/integration.ts";
import { readEnv } from "../../env.ts";

export type PushedValues = {
  database: { id: string; name: string };
  restore: { id: string; restored_to: string | null; restored_at: string | null } | null;
  variables: Readonly<Record<string, string>>;
};

/**
 * The variables of one database as they are now; null where the database is gone. What a database that was never restored does
 * not have is left out.
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
  const { id, name, origin, path } = database;
  const values: Record<VariableHolds, string | null> = {
    // By id: it stays the same when the database is renamed.
    connection:
      origin === "hosted"
        ? `${readEnv().publicUrl}/api/namespaces/${database.namespace.slug}/databases/${id}/query`
        : `file:${path}`,
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

function instantOf(ms: bigint | null): string | null {
  return ms === null ? null : new Date(Number(ms)).toISOString();
}
