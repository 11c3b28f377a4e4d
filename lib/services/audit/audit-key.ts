import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import {
  type AuditAnchor,
  type AuditFacts,
  formatChainHash,
  toAnchorText,
  toLinkText,
  toSealText,
} from "../../domain/audit-chain.ts";
import { deriveKey } from "../derive-key.ts";

/** What seals the audit log: made from the installation's secret, which it does not give away. */
export type AuditKey = { id: string; bytes: Buffer };

const known = new Map<string, AuditKey>();

/** @param secret the installation's secret, LASTGOOD_SECRET or the data directory's */
export function auditKeyOf(secret: string): AuditKey {
  const before = known.get(secret);
  if (before) return before;
  const bytes = deriveKey(secret, "audit log");
  const key = { id: createHash("sha256").update(bytes).digest("hex").slice(0, 8), bytes };
  known.set(secret, key);
  return key;
}

export function linkOf(previousLink: string, entry: AuditFacts): string {
  return createHash("sha256").update(toLinkText(previousLink, entry)).digest("hex");
}

export function sealOf(key: AuditKey, link: string): string {
  return createHmac("sha256", key.bytes).update(toSealText(link)).digest("hex").slice(0, 32);
}

/** What is stored as an entry's hash. */
export function chainHashOf(key: AuditKey, previousLink: string, entry: AuditFacts): string {
  const link = linkOf(previousLink, entry);
  return formatChainHash({ link, keyId: key.id, seal: sealOf(key, link) });
}

function macOf(key: AuditKey, anchor: Pick<AuditAnchor, "seq" | "link" | "timeMs">): string {
  return createHmac("sha256", key.bytes).update(toAnchorText(anchor)).digest("hex");
}

export function makeAnchor(key: AuditKey, at: { seq: bigint; link: string; timeMs: number }): AuditAnchor {
  const facts = { seq: String(at.seq), link: at.link, timeMs: at.timeMs };
  return { version: 1, ...facts, keyId: key.id, mac: macOf(key, facts) };
}

/** Whether an anchor was made with this key and not changed since. */
export function isAnchorGenuine(key: AuditKey, anchor: AuditAnchor): boolean {
  return sameText(macOf(key, anchor), anchor.mac);
}

/** Compares in constant time. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
