import type { MetadataTransaction } from "../../db/client.ts";
import { expiryOf } from "./plan-retained.ts";

/**
 * Dates the backups that a schedule has made anew, in the transaction that changes how long they are kept.
 * @param retentionDays null: they are never too old
 */
export async function setExpiry(
  tx: MetadataTransaction,
  { scheduleId, retentionDays }: { scheduleId: string; retentionDays: number | null },
): Promise<void> {
  const backups = await tx.backup.findMany({
    where: { scheduleId, deletedAtMs: null },
    select: { id: true, createdAtMs: true, expiresAtMs: true },
  });
  for (const { id, createdAtMs, expiresAtMs } of backups) {
    const atMs = expiryOf(Number(createdAtMs), retentionDays);
    const next = atMs === null ? null : BigInt(atMs);
    if (next !== expiresAtMs) await tx.backup.update({ where: { id }, data: { expiresAtMs: next } });
  }
}
