import { expect, test } from "vitest";
import { parseMomentArgument } from "../../lib/cli/parse-moment-argument.ts";
import { formatBookmark } from "../../lib/domain/bookmark.ts";

const AT_MS = Date.UTC(2026, 10, 20, 14, 3, 22);

test("seconds, milliseconds and RFC 3339 with any offset name the same time", () => {
  const same = [String(AT_MS / 1000), String(AT_MS), "2026-11-20T14:03:22Z", "2026-11-20 15:33:22.000+01:30"];
  for (const text of same) {
    expect(parseMomentArgument(text)).toEqual({ justBefore: false, kind: "time", atMs: AT_MS });
  }
  expect(parseMomentArgument(`${AT_MS / 1000}.25`)).toMatchObject({ atMs: AT_MS + 250 });
});

test("a bookmark, oldest and newest are moments, and so is what was just before each", () => {
  const bookmark = formatBookmark({ txid: 7, historyTag: "00112233445566aa", recordTag: "ffeeddccbbaa9988" });
  expect(parseMomentArgument(bookmark.toUpperCase())).toEqual({ justBefore: false, kind: "bookmark", bookmark });
  expect(parseMomentArgument(`just before ${bookmark}`)).toEqual({ justBefore: true, kind: "bookmark", bookmark });
  expect(parseMomentArgument("newest")).toEqual({ justBefore: false, kind: "newest" });
  expect(parseMomentArgument("before oldest")).toEqual({ justBefore: true, kind: "oldest" });
  expect(parseMomentArgument(`just before ${AT_MS}`)).toEqual({ justBefore: true, kind: "time", atMs: AT_MS });
});

test("a time without its offset is refused, and so is anything else", () => {
  for (const text of [
    "2026-11-20T14:03:22",
    "yesterday",
    "",
    "2026-02-30T00:00:00Z",
    "-5",
    "before",
    "00000001-0000",
  ]) {
    expect(() => parseMomentArgument(text), text).toThrow(/is no moment/);
  }
});
