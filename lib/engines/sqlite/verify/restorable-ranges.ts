import type { Impassable } from "./inspect-records.ts";

type Range = { fromTxid: number; toTxid: number };
export type Ranges = {
  restorable: (Range & { way: "forwards" | "backwards" | "either" })[];
  lost: { fromTxid: number; toTxid: number | null }[];
};

/** What is known of a history's ends: the commit of the base image and the newest one that can be read. */
export type Ends = { baseTxid: number; newestTxid: number; baseIsSound: boolean; mirrorIsSound: boolean };

/** Which states a way leads to: from the base image up to the first impassable commit, from the mirror down to the last. */
export function restorableRanges(impassable: readonly Impassable[], ends: Ends): Ranges {
  const { baseTxid, newestTxid, baseIsSound, mirrorIsSound } = ends;
  const within = impassable.filter(({ toTxid }) => toTxid === null || toTxid > baseTxid);
  const firstBad = within.reduce((least, { fromTxid }) => Math.min(least, fromTxid), newestTxid + 1);
  const forwardsTo = baseIsSound ? Math.min(newestTxid, firstBad - 1) : baseTxid - 1;
  // What lies behind the newest readable commit does not stand between it and a mirror that is that state.
  const known = within.filter(({ fromTxid }) => fromTxid <= newestTxid);
  const lastLost = known.reduce(
    (most, { toTxid, lostTo }) => Math.max(most, lostTo ?? toTxid ?? newestTxid),
    baseTxid - 1,
  );
  const backwardsFrom = mirrorIsSound ? Math.max(baseTxid, lastLost + 1) : newestTxid + 1;
  return {
    restorable: covered(baseTxid, newestTxid, forwardsTo, backwardsFrom),
    lost: lostOf(within, ends, forwardsTo, backwardsFrom),
  };
}

function covered(base: number, newest: number, forwardsTo: number, backwardsFrom: number): Ranges["restorable"] {
  const ranges: Ranges["restorable"] = [
    { fromTxid: base, toTxid: Math.min(forwardsTo, backwardsFrom - 1), way: "forwards" },
    { fromTxid: backwardsFrom, toTxid: forwardsTo, way: "either" },
    { fromTxid: Math.max(backwardsFrom, forwardsTo + 1), toTxid: newest, way: "backwards" },
  ];
  return ranges.filter(({ fromTxid, toTxid }) => fromTxid <= toTxid);
}

function lostOf(
  impassable: readonly Impassable[],
  { newestTxid }: Ends,
  forwardsTo: number,
  backwardsFrom: number,
): Ranges["lost"] {
  const lost: Ranges["lost"] = [];
  if (forwardsTo + 1 < backwardsFrom) {
    const toTxid = Math.min(backwardsFrom - 1, newestTxid);
    if (forwardsTo + 1 <= toTxid) lost.push({ fromTxid: forwardsTo + 1, toTxid });
  }
  const behind = impassable.filter(({ fromTxid }) => fromTxid > newestTxid);
  const first = behind[0];
  if (!first) return lost;
  const toTxid = behind.at(-1)?.toTxid ?? null;
  const last = lost.at(-1);
  if (last && last.toTxid === first.fromTxid - 1) last.toTxid = toTxid;
  else lost.push({ fromTxid: first.fromTxid, toTxid });
  return lost;
}
