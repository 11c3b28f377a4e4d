import { type MetadataTransaction, metadata } from "../../db/client.ts";
import { CHAIN_START, parseChainHash } from "../../domain/audit-chain.ts";
import { systemContext } from "../call-context.ts";
import { type AuditKey, auditKeyOf, chainHashOf } from "./audit-key.ts";
import { writeAuditEntry } from "./write-audit-entry.ts";

const BATCH = 1000;
const PATIENCE_MS = 600_000;

/**
 * Takes entries that were written before there was a chain into it, as they are, and says in an entry how many they were.
 * Only while no entry is chained: later nothing without a hash belongs into the log, and verifying it says so.
 */
export async function beginAuditChain(secret: string): Promise<void> {
  const first = await metadata().auditEntry.findFirst({ orderBy: { seq: "asc" }, select: { hash: true } });
  if (first?.hash !== "") return;
  await metadata().$transaction((tx) => chainAll(tx, auditKeyOf(secret)), {
    isolationLevel: "Serializable",
    timeout: PATIENCE_MS,
  });
}

async function chainAll(tx: MetadataTransaction, key: AuditKey): Promise<void> {
  if (await tx.auditEntry.findFirst({ where: { hash: { not: "" } }, select: { seq: true } })) return;
  let previousLink = CHAIN_START;
  let count = 0;
  for (let after = 0n; ; ) {
    const batch = await tx.auditEntry.findMany({ where: { seq: { gt: after } }, orderBy: { seq: "asc" }, take: BATCH });
    for (const { hash: _none, ...entry } of batch) {
      const hash = chainHashOf(key, previousLink, entry);
      await tx.auditEntry.update({ where: { seq: entry.seq }, data: { hash } });
      previousLink = parseChainHash(hash)?.link ?? CHAIN_START;
      after = entry.seq;
      count++;
    }
    if (batch.length < BATCH) break;
  }
  await writeAuditEntry(tx, systemContext("start"), {
    action: "audit.chain",
    outcome: "done",
    namespaceId: null,
    actorName: null,
    target: null,
    detail: { olderEntries: count },
  });
}
