import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { confirmSession } from "../../../lib/services/auth/confirm-session.ts";
import { hashPassword } from "../../../lib/services/auth/hash-password.ts";
import { requireConfirmed } from "../../../lib/services/auth/require-confirmed.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { deleteDatabase } from "../../../lib/services/databases/delete-database.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

const PASSWORD = "correct horse battery staple";
const MINUTE = 60_000n;

let world: MetadataWorld;
let acme = "";
let userId = "";
let owner: CallContext;

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  userId = await world.addUser("ada@acme.example", { [acme]: "owner" });
  await metadata().user.update({ where: { id: userId }, data: { passwordHash: await hashPassword(PASSWORD) } });
});
afterAll(() => world.close());
beforeEach(async () => {
  owner = await world.contextOf(userId);
});
afterEach(() => metadata().signInAttempt.deleteMany());

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "done";
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}

function confirmedAgo(ms: bigint) {
  const id = owner.actor.kind === "user" ? owner.actor.sessionId : "";
  return metadata().session.update({ where: { id }, data: { confirmedAtMs: BigInt(Date.now()) - ms } });
}

test("a session counts as confirmed for ten minutes after signing in, and no longer", async () => {
  expect(await codeOf(requireConfirmed(owner))).toBe("done");
  await confirmedAgo(9n * MINUTE);
  expect(await codeOf(requireConfirmed(owner))).toBe("done");
  await confirmedAgo(10n * MINUTE + 1_000n);
  await expect(requireConfirmed(owner)).rejects.toMatchObject({
    code: "confirmation_needed",
    status: 403,
    details: { factor: "password" },
  });
});

test("a confirmation from the future, as after a clock that was set back, does not count", async () => {
  await confirmedAgo(-60n * MINUTE);
  expect(await codeOf(requireConfirmed(owner))).toBe("confirmation_needed");
});

test("an API token and Lastgood itself are not asked", async () => {
  const token = await world.contextOfToken(await world.addToken(userId, acme));
  expect(await codeOf(requireConfirmed(token))).toBe("done");
  expect(await codeOf(requireConfirmed({ actor: { kind: "system" }, origin: owner.origin }))).toBe("done");
});

test("what destroys goes on once the password was given again, and the refusal is in the audit log", async () => {
  const id = await world.addDatabase(acme, "doomed");
  await confirmedAgo(11n * MINUTE);
  const remove = () => deleteDatabase(owner, { namespace: "acme", database: id, confirmName: "doomed" });
  expect(await codeOf(remove())).toBe("confirmation_needed");
  expect(await metadata().database.findUnique({ where: { id } })).toMatchObject({ deletedAtMs: null });
  expect((await world.auditTrail()).at(-1)).toMatchObject({ action: "database.delete", outcome: "refused" });
  expect(await codeOf(confirmSession(owner, { password: "wrong" }))).toBe("confirmation_mismatch");
  expect(await codeOf(remove())).toBe("confirmation_needed");
  await confirmSession(owner, { password: PASSWORD });
  expect((await world.auditTrail()).at(-1)).toMatchObject({ action: "session.confirm", outcome: "done" });
  const asked = remove();
  // Without an agent the tombstone is written and nobody is there to be woken.
  expect(["done", "agent_unavailable"]).toContain(await codeOf(asked));
  expect((await metadata().database.findUnique({ where: { id } }))?.deletedAtMs).not.toBeNull();
});

test("guessing is limited per session, also for guesses at the same time, and nobody else is locked out by it", async () => {
  const other = await world.contextOf(userId);
  const guesses = await Promise.all(Array.from({ length: 8 }, () => codeOf(confirmSession(owner, { password: "no" }))));
  expect(guesses.filter((code) => code === "confirmation_mismatch")).toHaveLength(5);
  expect(guesses.filter((code) => code === "rate_limited")).toHaveLength(3);
  expect(await codeOf(confirmSession(owner, { password: PASSWORD }))).toBe("rate_limited");
  expect(await codeOf(confirmSession(other, { password: PASSWORD }))).toBe("done");
});

test("an ended session confirms nothing, a token neither", async () => {
  await metadata().session.deleteMany({ where: { userId } });
  expect(await codeOf(confirmSession(owner, { password: PASSWORD }))).toBe("unauthenticated");
  const token = await world.contextOfToken(await world.addToken(userId, acme));
  expect(await codeOf(confirmSession(token, { password: PASSWORD }))).toBe("forbidden");
});
