import { createHmac, hash, timingSafeEqual } from "node:crypto";
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
export type AuditKey = { id: string; bytes: Buffer; inner: Buffer; outer: Buffer };

const BLOCK_BYTES = 64;
const padded = (bytes: Buffer, filler: number) =>
  Buffer.alloc(BLOCK_BYTES, filler).map((pad, at) => pad ^ (bytes[at] ?? 0));

const known = new Map<string, AuditKey>();

/** @param secret the installation's secret, LASTGOOD_SECRET or the data directory's */
export function auditKeyOf(secret: string): AuditKey {
  const before = known.get(secret);
  if (before) return before;
  const bytes = deriveKey(secret, "audit log");
  const key = {
    id: hash("sha256", bytes, "hex").slice(0, 8),
    bytes,
    inner: Buffer.from(padded(bytes, 0x36)),
    outer: Buffer.from(padded(bytes, 0x5c)),
  };
  known.set(secret, key);
  return key;
}

export function linkOf(previousLink: string, entry: AuditFacts): string {
  return hash("sha256", toLinkText(previousLink, entry), "hex");
}

/**
 * The first half of an HMAC-SHA-256 (RFC 2104), from two one-shot hashes: Node's own `createHmac` takes ten times as long,
 * which a million entries feel.
 */
export function sealOf(key: AuditKey, link: string): string {
  const inner = hash("sha256", Buffer.concat([key.inner, Buffer.from(toSealText(link))]), "buffer");
  return hash("sha256", Buffer.concat([key.outer, inner]), "hex").slice(0, 32);
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
