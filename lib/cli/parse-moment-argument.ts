import { type Bookmark, isBookmark } from "../domain/bookmark.ts";
import { LastgoodError } from "../domain/errors.ts";
import { parseTimestamp } from "../domain/parse-timestamp.ts";

/** A moment as it is named on the command line. `justBefore`: the last state that was different. Times are Unix ms. */
export type MomentArgument = { justBefore: boolean } & (
  | { kind: "bookmark"; bookmark: Bookmark }
  | { kind: "time"; atMs: number }
  | { kind: "oldest" }
  | { kind: "newest" }
);

/** Fewer digits than any Unix milliseconds since 1973: seconds, as `date +%s` prints them. */
const SECONDS = /^\d{1,11}(\.\d{1,3})?$/;

/**
 * Reads a bookmark, Unix seconds or milliseconds, RFC 3339 with an offset, `oldest` or `newest`, each of them also behind
 * `just before`. Nothing is guessed: a time without an offset is refused with `invalid_moment`.
 */
export function parseMomentArgument(text: string): MomentArgument {
  const input = text.trim();
  const before = /^(just )?before\s+/i.exec(input);
  const justBefore = before !== null;
  const rest = before ? input.slice(before[0].length) : input;
  if (rest === "oldest" || rest === "newest") return { justBefore, kind: rest };
  const lower = rest.toLowerCase();
  if (isBookmark(lower)) return { justBefore, kind: "bookmark", bookmark: lower };
  if (SECONDS.test(rest)) return { justBefore, kind: "time", atMs: parseTimestamp(Math.round(Number(rest) * 1000)) };
  if (/^\d{12,16}$/.test(rest)) return { justBefore, kind: "time", atMs: parseTimestamp(Number(rest)) };
  try {
    return { justBefore, kind: "time", atMs: parseTimestamp(rest) };
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    throw new LastgoodError("invalid_moment", `"${text}" is no moment: ${error.message}`, {
      hint: "Give a bookmark, Unix seconds or milliseconds, or a time with its offset such as 2026-11-20T14:03:22Z.",
    });
  }
}
