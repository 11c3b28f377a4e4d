import { expect, test } from "vitest";
import { pageAfterSignIn, signInAddress } from "../../lib/web/page-after-sign-in.ts";

test("somebody who signs in goes where they wanted to, and nowhere that is not of this console", () => {
  expect(pageAfterSignIn("/alarms")).toBe("/alarms");
  expect(pageAfterSignIn("/databases/a%20b/backups?bookmark=1&_rsc=2")).toBe("/databases/a%20b/backups?bookmark=1");
  const elsewhere = [
    ...[
      "//evil.example",
      "/\\evil.example",
      "/.//evil.example",
      "/%2e//evil.example",
      "/a/..//evil.example",
      "/\t/evil",
    ],
    ...["https://evil.example/", "javascript:alert(1)", "evil", "", "/sign-in?next=/alarms", "/set-up"],
    ...[undefined, null, ["/alarms", "/x"], "/".padEnd(3_000, "a")],
  ];
  for (const one of elsewhere) expect(pageAfterSignIn(one), String(one)).toBe("/");
});

test("the address of the sign-in page leads back", () => {
  expect(signInAddress("/")).toBe("/sign-in");
  expect(signInAddress(null)).toBe("/sign-in");
  expect(signInAddress("/databases/shop/backups?at=5")).toBe("/sign-in?next=%2Fdatabases%2Fshop%2Fbackups%3Fat%3D5");
});
