import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { explainSeconds, parseTimestamp, parseTimestampText } from "../../lib/domain/parse-timestamp.ts";
import { parseRestoreSource } from "../../lib/domain/restore-source.ts";

function refusal(run: () => unknown): LastgoodError {
  try {
    run();
  } catch (error) {
    if (error instanceof LastgoodError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("a timestamp", () => {
  test("that is a number is Unix milliseconds", () => {
    expect(parseTimestamp(1_795_244_288_123)).toBe(1_795_244_288_123);
  });

  test("of any valid day survives RFC 3339 and back, at every offset", () => {
    const latest = Date.UTC(9998, 0, 1);
    fc.assert(
      fc.property(
        fc.integer({ min: 100_000_000_000, max: latest }),
        fc.integer({ min: -1439, max: 1439 }),
        (ms, offset) => {
          const sign = offset < 0 ? "-" : "+";
          const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
          const zone = `${sign}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
          const text = new Date(ms + offset * 60_000).toISOString().replace("Z", zone);
          expect(parseTimestamp(text)).toBe(ms);
        },
      ),
    );
  });

  test("with more than three fractional digits is cut off towards the past", () => {
    expect(parseTimestamp("2026-11-20T14:03:22.481999999Z")).toBe(Date.UTC(2026, 10, 20, 14, 3, 22, 481));
    expect(parseTimestamp("2026-11-20T14:03:22.5Z")).toBe(Date.UTC(2026, 10, 20, 14, 3, 22, 500));
  });

  test.each([
    "2026-11-20T14:03:22",
    "2026-11-20",
    "yesterday",
    "",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-11-20T24:00:00Z",
    "2026-11-20T23:59:60Z",
    "2026-11-20T14:03:22+25:00",
    "0000-00-00T00:00:00Z",
    "2026-11-20T14:03:22Z\n",
  ])("%j is refused: it names no moment, or more than one", (text) => {
    expect(refusal(() => parseTimestamp(text)).code).toBe("invalid_moment");
  });

  test("in seconds is told apart where it is refused: it lies in 1970, outside of every window", () => {
    const seconds = parseTimestampText("1795244288");
    const outside = new LastgoodError("moment_outside_window", "Too old.", { nearest: { afterMs: 5 } });
    const explained = explainSeconds(outside, seconds);
    expect(explained.details.hint).toContain("1795244288000");
    expect(explained.details.nearest).toEqual({ afterMs: 5 });
    expect(explainSeconds(outside, 1_795_244_288_123)).toBe(outside);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1, 2 ** 60])("%s is refused as a number", (value) => {
    expect(refusal(() => parseTimestamp(value)).code).toBe("invalid_moment");
  });
});

describe("a restore's source", () => {
  test("is refused when there is none", () => {
    expect(refusal(() => parseRestoreSource({})).code).toBe("invalid_input");
  });

  test("is refused when there are two, naming both", () => {
    const error = refusal(() => parseRestoreSource({ bookmark: "x", timestamp: 1_795_244_288_123 }));
    expect(error.message).toContain("bookmark, timestamp");
  });

  test.each([
    ["timestamp", [1]],
    ["timestamp", {}],
    ["timestamp", null],
    ["timestamp", true],
    ["timestamp", "9".repeat(1000)],
    ["bookmark", ["x"]],
    ["bookmark", 7],
    ["bookmark", "a".repeat(1000)],
    ["snapshotId", { startsWith: "" }],
  ])("is no moment when %s is %j", (field, value) => {
    expect(
      refusal(() =>
        parseRestoreSource({ snapshotId: undefined, bookmark: undefined, timestamp: undefined, [field]: value }),
      ),
    ).toMatchObject({
      code: "invalid_moment",
      details: { field },
    });
  });

  test("is a time, a bookmark or a label", () => {
    expect(parseRestoreSource({ timestamp: "2026-11-20T14:03:22Z" })).toEqual({
      kind: "timestamp",
      timestampMs: Date.UTC(2026, 10, 20, 14, 3, 22),
    });
    expect(parseRestoreSource({ bookmark: "b" })).toEqual({ kind: "bookmark", bookmark: "b" });
    expect(parseRestoreSource({ snapshotId: "s" })).toEqual({ kind: "snapshot", snapshotId: "s" });
  });
});
