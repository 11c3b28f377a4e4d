import { type MetadataReader, metadata } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import type { SecondCopyState } from "../../domain/second-copy.ts";

const numberOf = (value: bigint | null) => (value === null ? null : Number(value));

/** How the second copies of these databases stand, by id; one that is not there has none. Whoever asks has authorised. */
export async function readSecondCopies(
  databaseIds: readonly string[],
  db: MetadataReader = metadata(),
): Promise<Map<string, SecondCopyState>> {
  const rows = await db.secondCopy.findMany({ where: { databaseId: { in: [...databaseIds] } } });
  return new Map(rows.map((row) => [row.databaseId, toSecondCopyState(row)]));
}

/** A row as everybody else speaks of it. */
export function toSecondCopyState(row: Prisma.SecondCopyGetPayload<object>): SecondCopyState {
  return {
    place: row.place === "other_disk" ? "other_disk" : "elsewhere",
    shippedUntilMs: numberOf(row.shippedUntilMs),
    shippedBookmark: row.shippedBookmark,
    shippedTxid: numberOf(row.shippedTxid),
    behindSinceMs: numberOf(row.behindSinceMs),
    lastError: row.lastError,
    verifiedAtMs: numberOf(row.verifiedAtMs),
    damagedObjects: row.damagedObjects,
    sizeBytes: Number(row.sizeBytes),
    checkedAtMs: Number(row.checkedAtMs),
  };
}

const bigOf = (value: number | null) => (value === null ? null : BigInt(Math.round(value)));

/** Writes down how the second copy of a database stands. */
export async function writeSecondCopy(databaseId: string, state: SecondCopyState): Promise<void> {
  const data = {
    place: state.place,
    shippedUntilMs: bigOf(state.shippedUntilMs),
    shippedBookmark: state.shippedBookmark,
    shippedTxid: bigOf(state.shippedTxid),
    behindSinceMs: bigOf(state.behindSinceMs),
    lastError: state.lastError,
    verifiedAtMs: bigOf(state.verifiedAtMs),
    damagedObjects: state.damagedObjects,
    sizeBytes: BigInt(state.sizeBytes),
    checkedAtMs: BigInt(state.checkedAtMs),
  };
  await metadata().secondCopy.upsert({ where: { databaseId }, create: { databaseId, ...data }, update: data });
}

/** Forgets the copies of an agent's databases: nothing is kept a second time any more. */
export async function forgetSecondCopies(agentId: string): Promise<void> {
  await metadata().secondCopy.deleteMany({ where: { database: { agentId } } });
}

/** Databases of an agent that are gone for good, of which there is still a copy. */
export async function listPurgedCopies(agentId: string): Promise<string[]> {
  const rows = await metadata().secondCopy.findMany({
    where: { database: { agentId, state: "purged" } },
    select: { databaseId: true },
  });
  return rows.map(({ databaseId }) => databaseId);
}

/** Nothing is left of a copy. */
export async function forgetSecondCopy(databaseId: string): Promise<void> {
  await metadata().secondCopy.deleteMany({ where: { databaseId } });
}
