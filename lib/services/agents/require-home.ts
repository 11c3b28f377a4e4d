import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import type { Principal } from "../find-principal.ts";

/**
 * Agents work for all namespaces of an installation and hold its secret, and its bucket of second copies has the databases of all, so that its first
 * namespace alone has to do with them. While that one is deleted and can be brought back, none takes its place. Throws `forbidden` for others.
 * @param what begins the sentence that says so
 */
export async function requireHome(
  db: MetadataReader,
  { namespace }: Principal,
  what: "Agents" | "Second copies" = "Agents",
): Promise<void> {
  const own = await db.namespace.findUniqueOrThrow({ where: { id: namespace.id }, select: { createdAtMs: true } });
  const before = { createdAtMs: { lt: own.createdAtMs }, purgedAtMs: null };
  const older = await db.namespace.findMany({ where: before, select: { deletedAtMs: true } });
  if (older.length === 0) return;
  throw new LastgoodError("forbidden", `${what} are the affair of this Lastgood's first namespace.`, {
    hint: older.every(({ deletedAtMs }) => deletedAtMs !== null)
      ? "It was deleted: bring it back, or wait until its grace period is over; then they are the next one's."
      : "Ask those who run this Lastgood.",
  });
}

/** Metadata in a file has one agent, for good. Throws `not_supported`. */
export function requireSharedStore(): void {
  if (readEnv().metadata.provider === "postgres") return;
  throw new LastgoodError("not_supported", "The metadata lies in a file, which no other machine can share.", {
    hint: "Several agents need DATABASE_URL to name a PostgreSQL server; see docs/operations.md.",
  });
}
