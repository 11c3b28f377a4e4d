import { assert } from "./assert.ts";
import { LastgoodError } from "./errors.ts";

/**
 * A bookmark names one committed state of one database: 8-8-8-32 lower-case hex digits whose text order is the order of
 * the history.
 *
 *   group 1  the commit's number, saturated at ffffffff
 *   group 2  the number's high 32 bits, group 3 its low 32 bits
 *   group 4  16 digits that name the history, 16 digits that name the record
 *
 * Outside of this file it is opaque.
 */
export type Bookmark = string & { readonly brand: "bookmark" };

/** A bookmark taken apart. `historyTag` and `recordTag` are 16 hex digits each. */
export type BookmarkParts = { txid: number; historyTag: string; recordTag: string };

const SATURATED = 0xffffffff;
const SHAPE = /^([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-f]{16})([0-9a-f]{16})$/;
const hex8 = (value: number) => value.toString(16).padStart(8, "0");

/** Writes the bookmark of commit number `txid` (1 to 2^53 - 1). */
export function formatBookmark({ txid, historyTag, recordTag }: BookmarkParts): Bookmark {
  assert(Number.isSafeInteger(txid) && txid > 0, "a commit's number is a positive safe integer");
  assert(/^[0-9a-f]{16}$/.test(historyTag) && /^[0-9a-f]{16}$/.test(recordTag), "tags are 16 hex digits");
  const high = Math.floor(txid / 2 ** 32);
  return `${hex8(Math.min(txid, SATURATED))}-${hex8(high)}-${hex8(txid % 2 ** 32)}-${historyTag}${recordTag}` as Bookmark;
}

/** Takes a bookmark apart, or null when the text is none. */
export function parseBookmark(text: string): BookmarkParts | null {
  const match = SHAPE.exec(text);
  if (!match) return null;
  const [, first = "", high = "", low = "", historyTag = "", recordTag = ""] = match;
  const txid = Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16);
  if (!Number.isSafeInteger(txid) || txid === 0) return null;
  return Number.parseInt(first, 16) === Math.min(txid, SATURATED) ? { txid, historyTag, recordTag } : null;
}

/** The same as `parseBookmark`, refusing what is no bookmark with `invalid_moment`. */
export function requireBookmark(text: string): { bookmark: Bookmark; parts: BookmarkParts } {
  const parts = parseBookmark(text);
  if (!parts) {
    throw new LastgoodError("invalid_moment", "This is not a bookmark.", {
      field: "bookmark",
      hint: "A bookmark has the form 8-8-8-32 lower-case hex digits; copy all of it.",
    });
  }
  return { bookmark: text as Bookmark, parts };
}

/** Whether a text has the form of a bookmark, of whichever engine; only a database's history knows whether it is one. */
export function isBookmark(text: string): text is Bookmark {
  return SHAPE.test(text) && /[1-9a-f]/.test(text.slice(0, 26));
}

/**
 * The short form that pages show: the first eight digits, an ellipsis, and eight that differ from commit to commit. In a bookmark
 * of a file's commit these are the last; in one of a cluster's (cluster-bookmark.ts) the last are the same for long.
 */
export function abbreviateBookmark(bookmark: string): string {
  const telling = parseBookmark(bookmark) ? bookmark.slice(-8) : bookmark.slice(18, 26);
  return `${bookmark.slice(0, 8)}…${telling}`;
}
