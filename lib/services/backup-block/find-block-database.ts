import { type MetadataReader, metadata } from "../../db/client.ts";
import type { Action } from "../../domain/actions.ts";
import type { BackupBlock } from "../../domain/backup-block.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";

/** The database that the backup block is about, as the services are told of it. */
export type BlockDatabase = { namespace: string; database: string };

/**
 * The block and its database, for a caller who may perform the action there; the service that does it checks that again. Throws
 * `not_found` while no block is configured or its database is not there, as for callers who have nothing to do with that, and
 * `conflict` while it could mean several. The address names no database: nobody is told the name or id of another's.
 */
export async function findBlock(ctx: CallContext, action: Action): Promise<{ block: BackupBlock; of: BlockDatabase }> {
  const { backupBlock: block } = readEnv();
  if (!block) {
    throw new LastgoodError("not_found", "The backup block is not enabled.", {
      hint: "Let LASTGOOD_BACKUP_CONFIG name its configuration, with enabled: true, and start again.",
    });
  }
  const of = await findBlockDatabase(metadata(), block);
  if (!of) throw blockAbsent();
  try {
    await authorise(ctx, action, { namespace: of.namespace }, (db, principal) =>
      findDatabase(db, principal, of.database),
    );
  } catch (error) {
    throw error instanceof LastgoodError && error.code === "not_found" ? blockAbsent() : error;
  }
  return { block, of };
}

function blockAbsent(): LastgoodError {
  return new LastgoodError("not_found", "The backup block's database is not there.", {
    hint: "Protect a database first, or correct database in the block's configuration.",
  });
}

/** Null where there is no such database. Throws `conflict` where the configuration leaves open which one is meant. */
export async function findBlockDatabase(db: MetadataReader, { database }: BackupBlock): Promise<BlockDatabase | null> {
  const projects = { kind: "project", deletedAtMs: null } as const;
  if (database !== undefined) {
    const [namespace = "", name = ""] = database.split("/");
    const found = await db.database.findFirst({
      where: {
        ...projects,
        OR: [{ name }, { id: name }],
        namespace: { deletedAtMs: null, OR: [{ slug: namespace }, { id: namespace }] },
      },
    });
    return found && { namespace: found.namespaceId, database: found.id };
  }
  const [first, second] = await db.database.findMany({
    where: { ...projects, namespace: { deletedAtMs: null } },
    orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    take: 2,
  });
  if (second || (first && (await hadProjectsElsewhere(db, first.namespaceId)))) {
    throw new LastgoodError("conflict", "The backup block does not say which database it is about.", {
      field: "LASTGOOD_BACKUP_CONFIG",
      hint: 'Add "database": "namespace/name" to its configuration and start again.',
    });
  }
  return first ? { namespace: first.namespaceId, database: first.id } : null;
}

/** What one namespace asked of its database must not come over another's because the first one was deleted. */
async function hadProjectsElsewhere(db: MetadataReader, namespaceId: string): Promise<boolean> {
  return (await db.database.count({ where: { kind: "project", namespaceId: { not: namespaceId } } })) > 0;
}
