import { type AuditAnchor, CHAIN_START, type ChainedEntry, parseChainHash } from "../../domain/audit-chain.ts";
import { type AuditKey, isAnchorGenuine, linkOf, sameText, sealOf } from "./audit-key.ts";

/** Why an entry is bad: the first that is not what was written. */
export type ChainFinding = {
  /** Number of the first bad entry; where entries are missing, of the first of them. Decimal. */
  seq: string;
  what: "edited" | "missing" | "reordered" | "unsealed" | "forged" | "replaced" | "truncated" | "anchor";
  /** One sentence for people. */
  message: string;
};

export type ChainReport = {
  ok: boolean;
  /** Entries that were read, up to and with the first bad one. */
  entries: number;
  /** The last good entry. */
  last: { seq: string; link: string; timeMs: number } | null;
  finding: ChainFinding | null;
  /** Anchors that were compared, and the newest of them. */
  anchors: { count: number; newest: { seq: string; timeMs: number } | null };
};

export type ChainInput = {
  /** Entries by number, in batches. */
  batches: AsyncIterable<readonly ChainedEntry[]> | Iterable<readonly ChainedEntry[]>;
  /** The installation's keys, the present one and any former. */
  keys: readonly AuditKey[];
  /** In any order; what could not be read as one is `null`. */
  anchors: readonly (AuditAnchor | null)[];
  /** Where to begin: the entry before the first of the batches, taken for good. Without it at the beginning. */
  from?: ChainedEntry | undefined;
};

type Place = { seq: bigint; link: string; timeMs: number };

/**
 * Reads the whole audit log and finds the first entry that is not what was written: edited, taken out, put elsewhere, or
 * made by somebody without the secret. Anchors show a missing end, and a log that was written anew. Holds one batch.
 */
export async function verifyChain({ batches, keys, anchors, from }: ChainInput): Promise<ChainReport> {
  const byId = new Map(keys.map((key) => [key.id, key]));
  const checked = checkAnchors(anchors, byId);
  const sorted = checked.genuine;
  let place = toPlace(from);
  let entries = 0;
  let nextAnchor = sorted.findIndex(({ seq }) => BigInt(seq) > place.seq);
  let finding = checked.finding;
  const report = (): ChainReport => ({
    ok: finding === null,
    entries,
    last: place.seq === 0n ? null : { seq: String(place.seq), link: place.link, timeMs: place.timeMs },
    finding,
    anchors: { count: sorted.length, newest: toNewest(sorted) },
  });
  if (finding) return report();
  for await (const batch of batches) {
    for (const [index, entry] of batch.entries()) {
      entries++;
      finding = checkEntry(place, entry, byId) ?? null;
      if (finding?.what === "edited") finding = findReordered(place, batch.slice(index)) ?? finding;
      if (finding) return report();
      const link = parseChainHash(entry.hash)?.link ?? "";
      for (let anchor = sorted[nextAnchor]; anchor && BigInt(anchor.seq) <= entry.seq; anchor = sorted[++nextAnchor]) {
        if (anchor.link !== link) finding = replaced(anchor, sorted[nextAnchor - 1]);
        if (finding) return report();
      }
      place = { seq: entry.seq, link, timeMs: Number(entry.timeMs) };
    }
  }
  const beyond = sorted.at(-1);
  if (beyond && BigInt(beyond.seq) > place.seq) finding = truncated(place, beyond);
  return report();
}

function toNewest(sorted: readonly AuditAnchor[]): { seq: string; timeMs: number } | null {
  const newest = sorted.at(-1);
  return newest ? { seq: newest.seq, timeMs: newest.timeMs } : null;
}

function toPlace(entry: ChainedEntry | undefined): Place {
  if (!entry) return { seq: 0n, link: CHAIN_START, timeMs: 0 };
  return { seq: entry.seq, link: parseChainHash(entry.hash)?.link ?? "", timeMs: Number(entry.timeMs) };
}

type CheckedAnchors = { genuine: AuditAnchor[]; finding: ChainFinding | null };

function checkAnchors(anchors: ChainInput["anchors"], keys: ReadonlyMap<string, AuditKey>): CheckedAnchors {
  const genuine: AuditAnchor[] = [];
  for (const [index, anchor] of anchors.entries()) {
    const key = keys.get(anchor?.keyId ?? "");
    if (anchor && key && isAnchorGenuine(key, anchor)) {
      genuine.push(anchor);
      continue;
    }
    const why =
      anchor && !key ? `was sealed with another secret (key ${anchor.keyId})` : "was changed after it was made";
    return { genuine, finding: { seq: anchor?.seq ?? "0", what: "anchor", message: `Anchor ${index + 1} ${why}.` } };
  }
  genuine.sort((a, b) => Number(BigInt(a.seq) - BigInt(b.seq)) || a.timeMs - b.timeMs);
  return { genuine, finding: null };
}

function checkEntry(place: Place, entry: ChainedEntry, keys: ReadonlyMap<string, AuditKey>): ChainFinding | null {
  const expected = place.seq + 1n;
  const seq = String(entry.seq);
  if (entry.seq !== expected) {
    const last = entry.seq - 1n;
    const which = last === expected ? `Entry ${expected} is` : `Entries ${expected} to ${last} are`;
    return { seq: String(expected), what: "missing", message: `${which} missing.` };
  }
  const hash = parseChainHash(entry.hash);
  if (hash === null) return { seq, what: "unsealed", message: `Entry ${seq} has no place in the chain.` };
  if (linkOf(place.link, entry) !== hash.link) {
    const message = `Entry ${seq} is not what was written: it was edited, or entries before it were taken out and the rest renumbered.`;
    return { seq, what: "edited", message };
  }
  const key = keys.get(hash.keyId);
  if (key === undefined) {
    const message = `Entry ${seq} is sealed with another secret (key ${hash.keyId}), which was not given.`;
    return { seq, what: "forged", message };
  }
  if (sameText(sealOf(key, hash.link), hash.seal)) return null;
  const message = `Entry ${seq} was edited, and chained anew by somebody who does not have the secret.`;
  return { seq, what: "forged", message };
}

/** Whether the entry that belongs here stands further down, under another number. */
function findReordered(place: Place, rest: readonly ChainedEntry[]): ChainFinding | null {
  const seq = place.seq + 1n;
  for (const other of rest) {
    const hash = parseChainHash(other.hash);
    if (hash === null || linkOf(place.link, { ...other, seq }) !== hash.link) continue;
    const message = `Entry ${seq} was put in another place: it stands as number ${other.seq} now.`;
    return { seq: String(seq), what: "reordered", message };
  }
  return null;
}

function replaced(anchor: AuditAnchor, before: AuditAnchor | undefined): ChainFinding {
  const from = before ? BigInt(before.seq) + 1n : 1n;
  const at = new Date(anchor.timeMs).toISOString();
  const range = String(from) === anchor.seq ? "That entry was" : `Entries between ${from} and ${anchor.seq} were`;
  const message = `Entry ${anchor.seq} is not the one of the anchor of ${at}. ${range} taken out or written anew.`;
  return { seq: String(from), what: "replaced", message };
}

function truncated(place: Place, anchor: AuditAnchor): ChainFinding {
  const from = place.seq + 1n;
  const at = new Date(anchor.timeMs).toISOString();
  const which = String(from) === anchor.seq ? `Entry ${from} is` : `Entries ${from} to ${anchor.seq} are`;
  const message = `The end was cut off: ${which} missing, which the anchor of ${at} vouches for.`;
  return { seq: String(from), what: "truncated", message };
}
