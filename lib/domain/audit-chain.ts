/*
 * The chain of the audit log. Each entry's `hash` is `<link>.<key>.<seal>`:
 *   link  hex SHA-256 over the link before and every column of this entry, so anybody can check it;
 *   seal  the first 32 hex digits of an HMAC-SHA-256 of the link, under a key made from the installation's secret, so that
 *         whoever can edit the metadata cannot make a consistent chain anew;
 *   key   names that key, since the secret may be another one some day.
 * A chain does not show that its end is missing. Anchors do: a number, its link and a time, sealed alike and kept elsewhere.
 */

/** Every column that counts, as the metadata has it. */
export type AuditFacts = {
  seq: bigint;
  id: string;
  timeMs: bigint;
  namespaceId: string | null;
  actorKind: string;
  actorId: string | null;
  actorName: string | null;
  action: string;
  outcome: string;
  targetKind: string | null;
  targetId: string | null;
  address: string | null;
  requestId: string;
  detail: string;
};

/** An entry as it is stored. */
export type ChainedEntry = AuditFacts & { hash: string };

/** The parts of a stored hash. */
export type ChainHash = { link: string; keyId: string; seal: string };

/** What is before the first entry. */
export const CHAIN_START = "0".repeat(64);

const HASH = /^([0-9a-f]{64})\.([0-9a-f]{8})\.([0-9a-f]{32})$/;

/** Takes a stored hash apart; null when it is none. */
export function parseChainHash(text: string): ChainHash | null {
  const [, link, keyId, seal] = HASH.exec(text) ?? [];
  return link === undefined || keyId === undefined || seal === undefined ? null : { link, keyId, seal };
}

export function formatChainHash({ link, keyId, seal }: ChainHash): string {
  return `${link}.${keyId}.${seal}`;
}

/**
 * The text whose SHA-256 is an entry's link. An array in a fixed order of texts and nulls: no two entries share one.
 * @param previousLink the link of the entry before, or `CHAIN_START`
 */
export function toLinkText(previousLink: string, entry: AuditFacts): string {
  return JSON.stringify([
    "lastgood audit 1",
    previousLink,
    String(entry.seq),
    entry.id,
    String(entry.timeMs),
    entry.namespaceId,
    entry.actorKind,
    entry.actorId,
    entry.actorName,
    entry.action,
    entry.outcome,
    entry.targetKind,
    entry.targetId,
    entry.address,
    entry.requestId,
    entry.detail,
  ]);
}

/** The text that an entry's seal is over. */
export function toSealText(link: string): string {
  return `entry ${link}`;
}

/** That entry `seq` had this link at this time; `mac` covers all of it. */
export type AuditAnchor = {
  version: 1;
  /** Decimal. */
  seq: string;
  link: string;
  timeMs: number;
  keyId: string;
  mac: string;
};

/** The text that an anchor's MAC is over. */
export function toAnchorText({ seq, link, timeMs }: Pick<AuditAnchor, "seq" | "link" | "timeMs">): string {
  return JSON.stringify(["lastgood anchor 1", seq, link, String(timeMs)]);
}

/** Reads an anchor from its JSON text; null when it is none. */
export function parseAnchor(text: string): AuditAnchor | null {
  const value = parseObject(text);
  if (value === null || value.version !== 1) return null;
  const { seq, link, timeMs, keyId, mac } = value;
  if (typeof seq !== "string" || !/^[1-9]\d{0,18}$/.test(seq)) return null;
  if (typeof link !== "string" || !/^[0-9a-f]{64}$/.test(link)) return null;
  if (typeof keyId !== "string" || typeof mac !== "string" || !Number.isSafeInteger(timeMs)) return null;
  return { version: 1, seq, link, timeMs: Number(timeMs), keyId, mac };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Text that both providers store as it is, so that it hashes alike when it is read again. */
export function toStorableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}
