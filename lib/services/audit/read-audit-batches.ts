import { metadata } from "../../db/client.ts";
import type { ChainedEntry } from "../../domain/audit-chain.ts";

const BATCH = 2000;

/** Every audit entry of the metadata in the order of their numbers, in batches. */
export async function* readAuditBatches(): AsyncGenerator<ChainedEntry[]> {
  for (let after: bigint | null = null; ; ) {
    const rows: ChainedEntry[] = await metadata().auditEntry.findMany({
      ...(after !== null && { where: { seq: { gt: after } } }),
      orderBy: { seq: "asc" },
      take: BATCH,
    });
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) return;
    after = last.seq;
  }
}
