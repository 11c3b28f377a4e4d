import type { MetadataReader, MetadataTransaction } from "../../db/client.ts";
import type { Principal } from "../find-principal.ts";
import { findDatabase } from "./find-database.ts";

/** What a webhook or an integration covers, by id or name, as ids; null: every database. Throws `not_found`. */
export async function resolveCovered(
  db: MetadataTransaction,
  principal: Principal,
  references: "all" | readonly string[],
): Promise<string[] | null> {
  if (references === "all") return null;
  const ids = new Set<string>();
  for (const reference of references) ids.add((await findDatabase(db, principal, reference)).id);
  return [...ids];
}

/** The stored list, read again. */
export function readCovered(stored: string | null): string[] | null {
  return stored === null ? null : (JSON.parse(stored) as string[]);
}

/** Names of databases, deleted ones too as long as something of them is there. */
export async function readDatabaseNames(
  db: MetadataReader,
  namespaceId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const found = await db.database.findMany({
    where: { namespaceId, id: { in: [...new Set(ids)] }, purgedAtMs: null },
    select: { id: true, name: true },
  });
  return new Map(found.map(({ id, name }) => [id, name]));
}
