import type { AuditEntryView } from "../../client/api-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { AuditRow } from "./find-audit-entries.ts";

function toDetail(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return { unreadable: text };
    throw error;
  }
}

function databaseIdOf({ targetKind, targetId }: AuditRow, detail: Record<string, unknown>): string | null {
  if (targetKind === "database") return targetId;
  return typeof detail.databaseId === "string" ? detail.databaseId : null;
}

/** Entries as people and programs see them, with the names of the databases that they are about. */
export async function toAuditViews(
  db: MetadataReader,
  namespaceId: string,
  rows: readonly AuditRow[],
): Promise<AuditEntryView[]> {
  const read = rows.map((row) => ({ row, detail: toDetail(row.detail) }));
  const ids = [...new Set(read.flatMap(({ row, detail }) => databaseIdOf(row, detail) ?? []))];
  const databases = await db.database.findMany({
    where: { namespaceId, id: { in: ids } },
    select: { id: true, name: true },
  });
  const names = new Map(databases.map(({ id, name }) => [id, name]));
  return read.map(({ row, detail }) => {
    const databaseId = databaseIdOf(row, detail);
    return {
      seq: String(row.seq),
      id: row.id,
      timeMs: toNumber(row.timeMs),
      actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
      action: row.action,
      outcome: row.outcome,
      target: row.targetKind === null ? null : { kind: row.targetKind, id: row.targetId ?? "" },
      database: databaseId === null ? null : { id: databaseId, name: names.get(databaseId) ?? null },
      address: row.address,
      requestId: row.requestId,
      detail,
      hash: row.hash,
    };
  });
}
