import { assert } from "./assert.ts";
import type { Bookmark } from "./bookmark.ts";
import { LastgoodError } from "./errors.ts";

/**
 * A bookmark of a PostgreSQL cluster: 8-8-8-32 lower-case hex digits, as every bookmark, whose text order is the order of the
 * history.
 *
 *   group 1  the activation, from 1: each restore and each undo raises it
 *   group 2  the high, group 3 the low 32 bits of the position where the commit's record begins (its LSN)
 *   group 4  16 digits that name the history, 8 digits for the timeline, 8 for the incarnation
 *
 * The activation leads since timelines do not sort by age: after an undo the older one goes on.
 */
export type ClusterBookmarkParts = {
  activation: number;
  /** Byte position in the write-ahead log. */
  lsn: bigint;
  /** 16 hex digits. */
  historyTag: string;
  timeline: number;
  incarnation: number;
};

const SHAPE = /^([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-f]{16})([0-9a-f]{8})([0-9a-f]{8})$/;
const MOST = 0xffffffff;
const hex8 = (value: number) => value.toString(16).padStart(8, "0");

/** Writes the bookmark of a commit. */
export function formatClusterBookmark(parts: ClusterBookmarkParts): Bookmark {
  const { activation, lsn, historyTag, timeline, incarnation } = parts;
  for (const number of [activation, timeline, incarnation]) {
    assert(
      Number.isSafeInteger(number) && number > 0 && number <= MOST,
      "activation, timeline and incarnation count from 1",
    );
  }
  assert(lsn > 0n && lsn < 2n ** 64n, "a position has 64 bits");
  assert(/^[0-9a-f]{16}$/.test(historyTag), "a history's tag has 16 hex digits");
  const position = `${hex8(Number(lsn >> 32n))}-${hex8(Number(lsn & 0xffffffffn))}`;
  return `${hex8(activation)}-${position}-${historyTag}${hex8(timeline)}${hex8(incarnation)}` as Bookmark;
}

/** Takes a cluster's bookmark apart, or null when the text is none. */
export function parseClusterBookmark(text: string): ClusterBookmarkParts | null {
  const match = SHAPE.exec(text);
  if (!match) return null;
  const [, activation = "", high = "", low = "", historyTag = "", timeline = "", incarnation = ""] = match;
  const parts = {
    activation: Number.parseInt(activation, 16),
    lsn: BigInt(`0x${high}${low}`),
    historyTag,
    timeline: Number.parseInt(timeline, 16),
    incarnation: Number.parseInt(incarnation, 16),
  };
  const isWhole = parts.activation > 0 && parts.lsn > 0n && parts.timeline > 0 && parts.incarnation > 0;
  return isWhole ? parts : null;
}

/** The same as `parseClusterBookmark`, refusing what is no bookmark of a cluster with `invalid_moment`. */
export function requireClusterBookmark(text: string): ClusterBookmarkParts {
  const parts = parseClusterBookmark(text);
  if (parts) return parts;
  throw new LastgoodError("invalid_moment", "This is not a bookmark of a PostgreSQL cluster.", {
    field: "bookmark",
    hint: "Copy all of a bookmark that this database's history shows.",
  });
}

/** A position as PostgreSQL writes it: high and low half in hex, `16/B374D848`. */
export function formatLsn(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`;
}

/** Reads a position as PostgreSQL writes it; null when the text is none. */
export function parseLsn(text: string): bigint | null {
  const match = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
  return match ? (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`) : null;
}
