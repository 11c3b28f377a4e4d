import { expect, test } from "vitest";
import { browserWords } from "../../components/account/browser-words.ts";
import { rolesWithin } from "../../lib/domain/member-rules.ts";
import { cleanUserAgent } from "../../lib/services/auth/clean-user-agent.ts";

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36";

test.each([
  [CHROME, "Chrome on Windows"],
  [`${CHROME} Edg/146.0.0.0`, "Edge on Windows"],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
    "Safari on iOS",
  ],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
  [
    "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36",
    "Chrome on Android",
  ],
  ["curl/8.14.1", "curl"],
  ["something else entirely", "something else entirely"],
])("%s is told in a few words", (userAgent, words) => {
  expect(browserWords(userAgent)).toBe(words);
});

test("a browser that says nothing is unknown", () => {
  expect(browserWords(null)).toBe("An unknown browser");
});

test("what a browser calls itself is kept as one short line of printable characters", () => {
  expect(cleanUserAgent(`\u202ea\r\nb\0${"x".repeat(1_000)}`)).toBe(`ab${"x".repeat(298)}`);
  expect(cleanUserAgent(" \u0007 ")).toBeNull();
  expect(cleanUserAgent(undefined)).toBeNull();
});

test("nobody gives a role above their own", () => {
  expect(rolesWithin("owner")).toEqual(["owner", "admin", "member", "viewer"]);
  expect(rolesWithin("admin")).toEqual(["admin", "member", "viewer"]);
});
