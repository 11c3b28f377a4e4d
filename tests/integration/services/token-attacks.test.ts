import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { ATTACKS, openTokenWorld } from "./token-scenarios.ts";

const PROJECT = path.resolve(import.meta.dirname, "../../..");
const S = "lib/services";

/** What stops each attack, one file each: without it the attack's outcome must be another one. */
const CHECKS: Record<string, { file: string; from: string; to: string }[]> = {
  hidden: [
    {
      file: `${S}/databases/find-database.ts`,
      from: `if (databases === "all") return {`,
      to: "if (databases !== null) return {",
    },
  ],
  wide: [
    {
      file: `${S}/perform.ts`,
      from: `if (databases !== "all" && isNamespaceWide(action))`,
      to: "if (databases === null)",
    },
  ],
  lent: [{ file: `${S}/tokens/create-token.ts`, from: "if (lacking !== undefined) {", to: "if (lacking === null) {" }],
  grown: [{ file: `${S}/tokens/create-token.ts`, from: `principal.role === "owner" && databases`, to: "databases" }],
  child: [
    {
      file: `${S}/tokens/create-token.ts`,
      from: "if (parent.expiresAtMs !== null &&",
      to: "if (parent.id === null &&",
    },
  ],
  busy: [{ file: `${S}/tokens/admit-call.ts`, from: "if (ratePerMinute === 0) return;", to: "if (tokenId) return;" }],
  ended: [{ file: `${S}/tokens/to-token-view.ts`, from: ` && token.ownerRole !== "owner"`, to: "" }],
  leaked: [{ file: `${S}/tokens/insert-token.ts`, from: "prefix: text.slice(0, 6),", to: "prefix: text," }],
  early: [
    {
      file: `${S}/databases/purge-database.ts`,
      from: "purgeAfterMs: { lte: now }",
      to: "purgeAfterMs: { gte: 0n }",
    },
  ],
  raised: [
    {
      file: `${S}/databases/undelete-database.ts`,
      from: `where: { id, state: "deleted", deletedAtMs: { not: null } },`,
      to: "where: { id },",
    },
    { file: `${S}/databases/undelete-database.ts`, from: `if (row.state !== "deleted") throw tooLate(row);`, to: "" },
  ],
  linked: [{ file: "lib/engines/sqlite/remove-stored.ts", from: "if (isRight && ", to: "if (kind || " }],
  shortened: [
    {
      file: `${S}/databases/update-database.ts`,
      from: "if (days >= row.windowDays) return",
      to: "if (days >= 0) return",
    },
  ],
  revived: [{ file: `${S}/find-former-owner.ts`, from: `role: "owner",\n        namespace: {`, to: "namespace: {" }],
};

let world: MetadataWorld;
beforeAll(async () => {
  world = await openMetadataWorld();
});
afterAll(() => world.close());

test("each attack has a check that stops it, and each check an attack", () => {
  expect(Object.keys(CHECKS).sort()).toEqual(Object.keys(ATTACKS).sort());
});

test.each(Object.entries(ATTACKS).map(([name, { fact }]) => [fact, name] as const))("%s", async (_, name) => {
  const attack = ATTACKS[name];
  expect(await attack?.run(await openTokenWorld(world))).toBe(attack?.safe);
});

test("each is noticed once the check that stops it is taken out", async () => {
  const breaks = Object.values(CHECKS).flat();
  for (const { file, from } of breaks) {
    const found = readFileSync(path.join(PROJECT, file), "utf8").split(from).length - 1;
    expect(found, `${file}: ${from}`).toBe(1);
  }
  // All checks at once, in a process of its own: no attack is stopped by another one's check.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--import",
      path.join(PROJECT, "tests/integration/sqlite/rules/break-rule.ts"),
      path.join(PROJECT, "tests/integration/services/run-token-attack.ts"),
      ...Object.keys(ATTACKS),
    ],
    { cwd: PROJECT, env: { ...process.env, LASTGOOD_TEST_BREAK: JSON.stringify(breaks) } },
  );
  const outcomes = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, string>;
  for (const [name, { safe }] of Object.entries(ATTACKS)) expect(outcomes[name], name).not.toBe(safe);
});
