import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ATTACKS, openMemberWorld } from "./member-scenarios.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

const PROJECT = path.resolve(import.meta.dirname, "../../..");
const S = "lib/services";
type Break = { file: string; from: string; to: string };

const within: Break = {
  file: `${S}/members/find-member.ts`,
  from: "if (isWithin(principal.role, role)) return;",
  to: "if (role) return;",
};
const limit = (from: string): Break => ({ file: `${S}/auth/limit-sign-ins.ts`, from, to: `${from} * 1_000` });

/** What stops each attack: without it the attack's outcome must be another one. */
const CHECKS: Record<string, Break[]> = {
  ownRole: [{ file: `${S}/perform.ts`, from: "if (!roleMay(role, action)) {", to: "if (role === null) {" }, within],
  invitedRole: [within],
  oldToken: [
    {
      file: `${S}/members/end-rights.ts`,
      from: "where: { namespaceId, userId, revokedAtMs: null },",
      to: 'where: { id: "" },',
    },
  ],
  oldSession: [
    {
      file: `${S}/account/change-password.ts`,
      from: "sessionVersion: { increment: 1 }",
      to: "sessionVersion: { increment: 0 }",
    },
    {
      file: `${S}/account/change-password.ts`,
      from: "deleteMany({ where: { userId: account.id } })",
      to: 'deleteMany({ where: { id: "" } })',
    },
  ],
  flood: [
    limit("MAX_FAILURES_PER_PLACE = 5"),
    limit("MAX_FAILURES_PER_ADDRESS = 30"),
    limit("MAX_FAILURES_PER_ACCOUNT = 50"),
  ],
  unknown: [
    {
      file: `${S}/auth/hash-password.ts`,
      from: "await verify(passwordHash ?? (await nobody), password)",
      to: "passwordHash !== null && (await verify(passwordHash, password))",
    },
  ],
  lastOwner: [{ file: `${S}/members/find-member.ts`, from: "if (others > 0) return;", to: "if (member) return;" }],
  strangersLink: [
    {
      file: `${S}/members/accept-invitation.ts`,
      from: "if (account.email !== offer.email) {",
      to: "if (account === null) {",
    },
  ],
  deadSender: [
    {
      file: `${S}/members/to-invitation-view.ts`,
      from: `return mayInvite(role, row.role) ? "open" : "void";`,
      to: `return "open";`,
    },
  ],
  passwordAlone: [
    { file: `${S}/auth/verify-credentials.ts`, from: "if (user.totpSinceMs !== null) {", to: "if (user === null) {" },
    { file: `${S}/auth/verify-credentials.ts`, from: " || still.totpSinceMs !== null) throw", to: ") throw" },
  ],
  codeTwice: [
    {
      file: `${S}/second-factor/spend-code.ts`,
      from: ", OR: [{ totpLastStep: null }, { totpLastStep: { lt: step } }]",
      to: "",
    },
  ],
  unattended: [
    { file: `${S}/auth/require-confirmed.ts`, from: "ageMs <= CONFIRMED_FOR_MS) return;", to: "ageMs >= 0) return;" },
  ],
  withdrawn: [
    {
      file: `${S}/databases/find-database.ts`,
      from: "if (await mayWrite(db, principal, row)) return;",
      to: "if (row) return;",
    },
  ],
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
  expect(await attack?.run(await openMemberWorld(world))).toBe(attack?.safe);
});

test("control: each gets through once the check that stops it is taken out", async () => {
  const breaks = [...new Set(Object.values(CHECKS).flat())];
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
      path.join(PROJECT, "tests/integration/services/run-member-attack.ts"),
      ...Object.keys(ATTACKS),
    ],
    { cwd: PROJECT, env: { ...process.env, LASTGOOD_TEST_BREAK: JSON.stringify(breaks) } },
  );
  const outcomes = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, string>;
  for (const [name, { safe }] of Object.entries(ATTACKS)) expect(outcomes[name], name).not.toBe(safe);
});
