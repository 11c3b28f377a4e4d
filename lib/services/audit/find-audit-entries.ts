import type { MetadataReader } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import type { AuditFilter } from "../../domain/audit-filter.ts";
import { isUuid } from "../../domain/names.ts";
import { toNameKey } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";

export type AuditRow = Prisma.AuditEntryGetPayload<Record<string, never>>;

/**
 * A namespace's entries, newest first, from just before `before` on. Owners also see what belongs to no namespace and
 * concerns the account of a member: sign-ins, sessions, second factors.
 */
export async function findAuditEntries(
  db: MetadataReader,
  principal: Principal,
  { filter, before, limit }: { filter: AuditFilter; before: bigint | null; limit: number },
): Promise<AuditRow[]> {
  const where: Prisma.AuditEntryWhereInput = {
    AND: [await toWhere(db, principal, filter), before === null ? {} : { seq: { lt: before } }],
  };
  const find = (of: Prisma.AuditEntryWhereInput) =>
    db.auditEntry.findMany({ where: { AND: [of, where] }, orderBy: { seq: "desc" }, take: limit });
  const own = await find({ namespaceId: principal.namespace.id });
  if (principal.role !== "owner") return own;
  // Two questions, each along one stretch of the index, rather than one across all entries of everybody.
  const members = await db.membership.findMany({
    where: { namespaceId: principal.namespace.id },
    select: { userId: true },
  });
  const ids = members.map(({ userId }) => userId);
  const accounts = await find({
    namespaceId: null,
    OR: [
      { targetKind: "user", targetId: { in: ids } },
      { targetKind: "session", actorId: { in: ids } },
    ],
  });
  return [...own, ...accounts].sort((a, b) => (a.seq < b.seq ? 1 : -1)).slice(0, limit);
}

async function toWhere(
  db: MetadataReader,
  principal: Principal,
  { actor, action, outcome, database, fromMs, toMs }: AuditFilter,
): Promise<Prisma.AuditEntryWhereInput> {
  const conditions: Prisma.AuditEntryWhereInput[] = [];
  if (actor !== undefined) conditions.push({ OR: [{ actorId: actor }, { actorName: { contains: actor } }] });
  if (action !== undefined) conditions.push({ action: action.endsWith(".") ? { startsWith: action } : action });
  if (outcome !== undefined) conditions.push({ outcome });
  if (fromMs !== undefined) conditions.push({ timeMs: { gte: BigInt(fromMs) } });
  if (toMs !== undefined) conditions.push({ timeMs: { lte: BigInt(toMs) } });
  if (database !== undefined) conditions.push(await ofDatabase(db, principal, database));
  return { AND: conditions };
}

/** Entries about a database or something of it; deleted ones too, and all that have had the name. */
async function ofDatabase(db: MetadataReader, principal: Principal, reference: string) {
  const isId = isUuid(reference);
  const rows = await db.database.findMany({
    where: { namespaceId: principal.namespace.id, ...(isId && { id: reference.toLowerCase() }) },
    select: { id: true, name: true },
  });
  const ids = rows.filter(({ name }) => isId || toNameKey(name) === toNameKey(reference)).map(({ id }) => id);
  // An empty OR within an AND would let everything through.
  if (ids.length === 0) return { seq: { lt: 0n } };
  return { OR: ids.flatMap((id) => [{ targetId: id }, { detail: { contains: id } }]) };
}
