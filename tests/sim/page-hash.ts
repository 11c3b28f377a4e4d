import { hash } from "node:crypto";

const HEADER_BYTES = 100;
/** Bytes of page 1 that SQLite counts for itself: the change counter, what it is valid for, the library's version. */
const COUNTERS: readonly (readonly [from: number, to: number])[] = [
  [24, 28],
  [92, 100],
];
/** What a restore gives a value of its own: the format's versions and the schema cookie. */
const RESTORED: readonly (readonly [from: number, to: number])[] = [[18, 20], [40, 44], ...COUNTERS];

const header = Buffer.alloc(HEADER_BYTES);

/** Names a page's content; page 1 without SQLite's counters. */
export function hashPage(page: number, content: Uint8Array): string {
  return page === 1 ? hashMasked(content, COUNTERS) : hash("sha1", content, "base64");
}

/** Names what of page 1 a restore brings back. */
export function hashRestored(content: Uint8Array): string {
  return hashMasked(content, RESTORED);
}

function hashMasked(content: Uint8Array, masks: readonly (readonly [number, number])[]): string {
  header.set(content.subarray(0, HEADER_BYTES));
  for (const [from, to] of masks) header.fill(0, from, to);
  return `${hash("sha1", header, "base64")}${hash("sha1", content.subarray(HEADER_BYTES), "base64")}`;
}
