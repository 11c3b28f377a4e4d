import type { CopiesView, CopyView } from "../../client/copy-types.ts";
import { type MetadataReader, metadata } from "../../db/client.ts";
import { type BucketCopies, type BucketCopy, METADATA_COPY, metadataGeneration } from "../../domain/second-copy.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import { findAgentIn } from "../agents/find-agent-in.ts";
import { requireHome } from "../agents/require-home.ts";
import type { CallContext } from "../call-context.ts";
import { authorise } from "../perform.ts";

/** A bucket is far away, and every copy has a head to be read. */
const LIST_WITHIN_MS = 120_000;

export type OfCopies = { namespace: string; region?: string | undefined };

/**
 * What the bucket of second copies holds, as an agent of that region reads it. For the first namespace alone: a bucket has the databases of all.
 * Throws `storage_unavailable`, `storage_key_missing`, `not_found` for a region without an agent.
 */
export async function listBucketCopies(ctx: CallContext, { namespace, region }: OfCopies): Promise<CopiesView> {
  const { agent, namespaceId } = await authorise(ctx, "copy.list", { namespace }, async (db, principal) => {
    await requireHome(db, principal, "Second copies");
    return { agent: await findCopyAgent(db, region), namespaceId: principal.namespace.id };
  });
  const found = await askForCopies(agent, null);
  const ours = `${METADATA_COPY}.${metadataGeneration(agent.id)}`;
  const databases = found.copies.filter(({ databaseId }) => databaseId !== METADATA_COPY);
  const [here, made] = await Promise.all([findHere(databases, namespaceId), findMade(databases, namespaceId)]);
  return {
    ...{ bucket: found.bucket, prefix: found.prefix, endpoint: found.endpoint, region: agent.region },
    copies: databases.map((copy) => toCopyView(copy, here, made)).toSorted(byUse),
    metadata: found.copies
      .filter(({ databaseId }) => databaseId === METADATA_COPY)
      .map(({ copyId, newest, problem }) => ({
        ...{ id: copyId, newestMs: newest?.timeMs ?? null, problem },
        isOurs: copyId === ours,
      })),
  };
}

/** The agent that brings copies back: one of that region, else the one that takes what is made here. */
export async function findCopyAgent(
  db: MetadataReader,
  region: string | undefined,
): Promise<{ id: string; region: string; agentId: string }> {
  const agent = await findAgentIn(db, region);
  return { ...agent, agentId: agent.id };
}

/** @param databaseId of whose copies; null: of all */
export function askForCopies(agent: { agentId: string }, databaseId: string | null): Promise<BucketCopies> {
  return askAgentOf(agent, "listCopies", { databaseId }, LIST_WITHIN_MS);
}

type Here = Map<string, NonNullable<CopyView["here"]>>;

/** Those of the databases that this Lastgood still has. */
async function findHere(copies: readonly BucketCopy[], namespaceId: string): Promise<Here> {
  const rows = await metadata().database.findMany({
    where: { id: { in: copies.map(({ databaseId }) => databaseId) }, purgedAtMs: null },
    select: { id: true, name: true, namespaceId: true, deletedAtMs: true },
  });
  return new Map(
    rows.map((row) => {
      const isOwn = row.namespaceId === namespaceId;
      const named = { id: isOwn ? row.id : null, name: isOwn ? row.name : null };
      return [row.id, { ...named, isDeleted: row.deletedAtMs !== null }];
    }),
  );
}

type Made = Map<string, NonNullable<CopyView["broughtBack"]>>;

/** By the database that a copy is of, what was made of it last. */
async function findMade(copies: readonly BucketCopy[], namespaceId: string): Promise<Made> {
  const rows = await metadata().restore.findMany({
    where: {
      copyId: { in: copies.map(({ copyId }) => copyId) },
      status: "completed",
      database: { namespaceId, deletedAtMs: null },
    },
    select: { copyId: true, database: { select: { id: true, name: true } } },
    orderBy: { createdAtMs: "asc" },
  });
  const databaseOf = new Map(copies.map(({ copyId, databaseId }) => [copyId, databaseId]));
  return new Map(rows.map(({ copyId, database }) => [databaseOf.get(copyId ?? "") ?? "", database]));
}

function toCopyView(copy: BucketCopy, here: Here, made: Made): CopyView {
  const { copyId: id, databaseId, name, origin, windowDays, oldest, newest, writtenAtMs } = copy;
  const engine = copy.engine === "metadata" ? null : copy.engine;
  return {
    ...{ id, databaseId, name, engine, origin, windowDays, oldest, newest, writtenAtMs },
    completeUntilMs: copy.shippedUntilMs,
    sizeBytes: copy.sizeBytes,
    isNewest: copy.isNewest,
    isRestorable: copy.isWhole && newest !== null,
    problem: copy.problem,
    here: here.get(databaseId) ?? null,
    broughtBack: made.get(databaseId) ?? null,
  };
}

const isHere = ({ here, broughtBack }: CopyView) => here !== null || broughtBack !== null;

/** What is not here any more comes first, then by name; earlier histories behind the latest. */
function byUse(a: CopyView, b: CopyView): number {
  return (
    Number(isHere(a)) - Number(isHere(b)) ||
    Number(b.isRestorable) - Number(a.isRestorable) ||
    (a.name ?? "").localeCompare(b.name ?? "") ||
    Number(b.isNewest) - Number(a.isNewest) ||
    a.id.localeCompare(b.id)
  );
}
