import { expect, test } from "vitest";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatCount, formatNumber, formatRate } from "../../lib/client/format-count.ts";
import { formatAgo, formatDifference, formatDuration } from "../../lib/client/format-duration.ts";

test("durations have two units at most", () => {
  expect(
    [0, 4, 42, 400, 900, 9_949, 38_000, 59_499, 59_600, 258_000, 3_600_000, 8_040_000, 208_800_000].map(formatDuration),
  ).toEqual([
    "0 s",
    "4 ms",
    "0.04 s",
    "0.4 s",
    "0.9 s",
    "9.9 s",
    "38 s",
    "59 s",
    "1 m",
    "4 m 18 s",
    "1 h",
    "2 h 14 m",
    "2 d 10 h",
  ]);
});

test("an hour's last half second does not read as sixty minutes' seconds", () => {
  expect(formatDuration(3_599_400)).toBe("59 m 59 s");
});

test("a difference between moments keeps its milliseconds below a minute", () => {
  expect([4, -1219, 61_000].map(formatDifference)).toEqual(["4 ms", "1.219 s", "1 m 1 s"]);
});

test("how long ago is told to the second, and the future is just now", () => {
  expect(formatAgo(1_000, 1_900)).toBe("just now");
  expect(formatAgo(5_000, 1_000)).toBe("just now");
  expect(formatAgo(0, 2_900)).toBe("2 s ago");
  expect(formatAgo(0, 1_723_999)).toBe("28 m 43 s ago");
});

test("counts carry their unit and its plural", () => {
  expect([formatCount(0, "write"), formatCount(1, "write"), formatCount(41_208, "write")]).toEqual([
    "0 writes",
    "1 write",
    "41,208 writes",
  ]);
  expect(formatCount(2, "entry", "entries")).toBe("2 entries");
  expect(formatNumber(1_234_567)).toBe("1,234,567");
});

test("rates have as many digits as they deserve", () => {
  expect([0.25, 1, 3.2, 12_400].map((rate) => formatRate(rate, "commits"))).toEqual([
    "0.25 commits/s",
    "1 commits/s",
    "3.2 commits/s",
    "12,400 commits/s",
  ]);
});

test("sizes are decimal and keep three digits", () => {
  expect([0, 512, 4096, 999_600, 48_200_000_000, 187e6].map(formatBytes)).toEqual([
    "0 B",
    "512 B",
    "4.1 kB",
    "1.0 MB",
    "48.2 GB",
    "187 MB",
  ]);
});
