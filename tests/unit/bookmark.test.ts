import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  abbreviateBookmark,
  formatBookmark,
  isBookmark,
  parseBookmark,
  requireBookmark,
} from "../../lib/domain/bookmark.ts";
import { formatClusterBookmark } from "../../lib/domain/cluster-bookmark.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";

const tag = fc.bigInt(0n, 2n ** 64n - 1n).map((n) => n.toString(16).padStart(16, "0"));
const txid = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  fc.integer({ min: -3, max: 3 }).map((n) => 2 ** 32 + n),
  fc.maxSafeInteger().filter((n) => n > 0),
);

describe("a bookmark", () => {
  it("has the form 8-8-8-32 and survives being taken apart", () => {
    fc.assert(
      fc.property(txid, tag, tag, (number, historyTag, recordTag) => {
        const text = formatBookmark({ txid: number, historyTag, recordTag });
        expect(text).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/);
        expect(parseBookmark(text)).toEqual({ txid: number, historyTag, recordTag });
      }),
    );
  });

  it("sorts as text in the order of the commits, also beyond 2^32 of them", () => {
    fc.assert(
      fc.property(txid, txid, tag, tag, tag, (a, b, historyTag, one, other) => {
        const left = formatBookmark({ txid: a, historyTag, recordTag: one });
        const right = formatBookmark({ txid: b, historyTag, recordTag: other });
        if (a !== b) expect(left < right).toBe(a < b);
      }),
    );
  });

  it("is refused when any of its groups was made up", () => {
    const good = formatBookmark({ txid: 0x3f1a, historyTag: "a".repeat(16), recordTag: "b".repeat(16) });
    expect(parseBookmark(good)).not.toBeNull();
    for (const bad of [
      "",
      "now",
      good.toUpperCase(),
      `${good}0`,
      good.slice(1),
      good.replace("00003f1a-0", "00003f1b-0"),
      good.replace(/^.{8}/, "ffffffff"),
      `00000000-00000000-00000000-${"0".repeat(32)}`,
      `ffffffff-ffffffff-ffffffff-${"0".repeat(32)}`,
    ]) {
      expect(parseBookmark(bad), bad).toBeNull();
    }
    expect(() => requireBookmark("latest")).toThrow(LastgoodError);
  });

  it("is abbreviated to its first and last eight digits", () => {
    const text = formatBookmark({ txid: 0x3f1a, historyTag: "0".repeat(16), recordTag: "0000000041c2e07d" });
    expect(abbreviateBookmark(text)).toBe("00003f1a…41c2e07d");
  });

  it("of a cluster is a bookmark as well, and abbreviated to what differs from commit to commit", () => {
    const parts = { activation: 3, timeline: 2, incarnation: 2, historyTag: "a".repeat(16) };
    const [one, other] = [0x1_b374_d848n, 0x1_b374_d8c0n].map((lsn) => formatClusterBookmark({ ...parts, lsn }));
    expect(parseBookmark(one ?? "")).toBeNull();
    expect(isBookmark(one ?? "")).toBe(true);
    expect(abbreviateBookmark(one ?? "")).toBe("00000003…b374d848");
    expect(abbreviateBookmark(other ?? "")).toBe("00000003…b374d8c0");
    for (const bad of ["", "now", one?.slice(1) ?? "", `00000000-00000000-00000000-${"a".repeat(32)}`]) {
      expect(isBookmark(bad), bad).toBe(false);
    }
  });
});
