import { metadata } from "../../db/client.ts";
import { type AuditAnchor, parseChainHash } from "../../domain/audit-chain.ts";
import { appendAnchor, readLastAnchor } from "./anchor-file.ts";
import { type AuditKey, makeAnchor } from "./audit-key.ts";

/** An anchor for the newest entry as it is now; null while there is none. */
export async function newestAnchor(key: AuditKey): Promise<AuditAnchor | null> {
  const last = await metadata().auditEntry.findFirst({ orderBy: { seq: "desc" }, select: { seq: true, hash: true } });
  const link = parseChainHash(last?.hash ?? "")?.link;
  return last && link !== undefined ? makeAnchor(key, { seq: last.seq, link, timeMs: Date.now() }) : null;
}

/** Whether the entry that an anchor names is still the one it had. */
async function stillHolds(anchor: AuditAnchor): Promise<boolean> {
  const entry = await metadata().auditEntry.findUnique({ where: { seq: BigInt(anchor.seq) }, select: { hash: true } });
  return parseChainHash(entry?.hash ?? "")?.link === anchor.link;
}

export type Anchored = { anchor: AuditAnchor } | { broken: AuditAnchor } | null;

/**
 * Writes the newest entry's anchor behind the last one of the file. Null when nothing is new. A last anchor that no longer
 * holds is answered as `broken`: then the log was cut or written anew, and nothing is vouched for any more.
 */
export async function anchorLog(file: string, key: AuditKey): Promise<Anchored> {
  const before = readLastAnchor(file);
  if (before && !(await stillHolds(before))) return { broken: before };
  const anchor = await newestAnchor(key);
  if (anchor === null || anchor.seq === before?.seq) return null;
  appendAnchor(file, anchor);
  return { anchor };
}
