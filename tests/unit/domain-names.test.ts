import { describe, expect, test } from "vitest";
import { databaseNameSchema, emailSchema, labelSchema, passwordSchema, slugSchema } from "../../lib/domain/names.ts";

describe("a label", () => {
  test("is trimmed", () => {
    expect(labelSchema.parse("  before-migration-v3 ")).toBe("before-migration-v3");
  });

  test("has 1 to 80 characters, counted as people count them", () => {
    expect(labelSchema.safeParse("   ").success).toBe(false);
    expect(labelSchema.safeParse("x".repeat(80)).success).toBe(true);
    expect(labelSchema.safeParse("x".repeat(81)).success).toBe(false);
    expect(labelSchema.safeParse("🙂".repeat(80)).success).toBe(true);
  });

  test.each([
    "a\nb",
    "a\r\nb",
    "a\0b",
    "a\u202eb",
    "a\u2066b",
    "a\u200bb",
    "a\u2028b",
    "\ud800x",
    "\u3164",
    "a\u{e0041}",
    "a\u00ad",
  ])("%j is refused: it would not show as it is", (label) => {
    expect(labelSchema.safeParse(label).success).toBe(false);
  });

  test("may hold what is harmless as text", () => {
    for (const label of ["../../etc/passwd", "<b>bold</b>", "Größe ±5 %", "'; DROP TABLE x;--"]) {
      expect(labelSchema.parse(label)).toBe(label);
    }
  });
});

describe("a database's name", () => {
  test("never looks like an id", () => {
    expect(databaseNameSchema.safeParse("7adb0af3-4451-43df-b05e-bd0b949cf95d").success).toBe(false);
    expect(databaseNameSchema.safeParse("7ADB0AF3-4451-43DF-B05E-BD0B949CF95D").success).toBe(false);
  });

  test.each(["", ".", "..", "a/b", "a b", "-x", "x".repeat(65), "ä", "a\n"])("%j is refused", (name) => {
    expect(databaseNameSchema.safeParse(name).success).toBe(false);
  });

  test.each(["shop", "shop.db", "Shop_2-eu", "x".repeat(64)])("%j is taken", (name) => {
    expect(databaseNameSchema.parse(name)).toBe(name);
  });
});

test("an e-mail address is stored trimmed and in lower case", () => {
  expect(emailSchema.parse("  Ada@Example.ORG ")).toBe("ada@example.org");
  expect(emailSchema.safeParse("ada").success).toBe(false);
});

test("a password has 12 to 200 characters", () => {
  expect(passwordSchema.safeParse("x".repeat(11)).success).toBe(false);
  expect(passwordSchema.safeParse("x".repeat(12)).success).toBe(true);
  expect(passwordSchema.safeParse("x".repeat(201)).success).toBe(false);
});

test("a namespace's slug stands in addresses as it is", () => {
  expect(slugSchema.safeParse("acme-2").success).toBe(true);
  for (const slug of ["Acme", "-a", "a-", "a/b", ""]) expect(slugSchema.safeParse(slug).success).toBe(false);
});
