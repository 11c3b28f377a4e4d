import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import type { Action, Role } from "../../../lib/domain/actions.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { perform } from "../../../lib/services/perform.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

let world: MetadataWorld;
let acme = "";
let other = "";

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  other = await world.addNamespace("other");
});
afterAll(() => world.close());
beforeEach(() => metadata().auditEntry.deleteMany());

let serial = 0;
const userWith = (role: Role) => world.addUser(`${role}-${serial++}@acme.example`, { [acme]: role });

/** What a call is answered with: "done", or the code it was refused with. */
async function outcome(ctx: CallContext, action: Action, namespace = "acme"): Promise<string> {
  try {
    return await perform(ctx, action, { namespace }, async () => "done");
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}

test("a right that the role lacks is forbidden, and the denial is in the audit log", async () => {
  const viewer = await world.contextOf(await userWith("viewer"));
  expect(await outcome(viewer, "restore.project")).toBe("forbidden");
  expect(await world.auditTrail()).toMatchObject([
    { action: "restore.project", outcome: "denied", namespaceId: acme, actorKind: "user", address: "192.0.2.7" },
  ]);
});

test("another namespace reads as absent, by slug and by id alike", async () => {
  const owner = await world.contextOf(await userWith("owner"));
  expect(await outcome(owner, "namespace.read", "other")).toBe("not_found");
  expect(await outcome(owner, "namespace.read", other)).toBe("not_found");
  expect(await outcome(owner, "namespace.read", "no-such-place")).toBe("not_found");
  expect((await world.auditTrail()).map(({ outcome: entry }) => entry)).toEqual(["denied", "denied", "denied"]);
});

test("what was changed and the audit entry are written together or not at all", async () => {
  const owner = await world.contextOf(await userWith("owner"));
  const boom = new Error("half way");
  const write = perform(owner, "database.create", { namespace: "acme" }, async ({ db, note }) => {
    note({ kind: "database", id: "d" });
    await db.setting.create({ data: { key: "half-done", value: "1" } });
    throw boom;
  });
  await expect(write).rejects.toBe(boom);
  expect(await metadata().setting.findUnique({ where: { key: "half-done" } })).toBeNull();
  expect(await world.auditTrail()).toEqual([]);
});

test("a reading that succeeds leaves no audit entry, a change leaves one that names its target", async () => {
  const owner = await world.contextOf(await userWith("owner"));
  expect(await outcome(owner, "database.read")).toBe("done");
  expect(await world.auditTrail()).toEqual([]);
  await perform(owner, "database.create", { namespace: "acme" }, async ({ note }) =>
    note({ kind: "database", id: "d1" }),
  );
  expect(await world.auditTrail()).toMatchObject([{ outcome: "done", targetKind: "database", targetId: "d1" }]);
});

describe("rights are read freshly on each call:", () => {
  test("a demoted user's session and token lose the right at once", async () => {
    const userId = await userWith("admin");
    const session = await world.contextOf(userId);
    const token = await world.contextOfToken(await world.addToken(userId, acme));
    expect(await outcome(session, "restore.project")).toBe("done");
    expect(await outcome(token, "restore.project")).toBe("done");
    await metadata().membership.updateMany({ where: { userId }, data: { role: "viewer" } });
    expect(await outcome(session, "restore.project")).toBe("forbidden");
    expect(await outcome(token, "restore.project")).toBe("forbidden");
  });

  test("a removed user finds nothing any more", async () => {
    const userId = await userWith("owner");
    const session = await world.contextOf(userId);
    await metadata().membership.deleteMany({ where: { userId } });
    expect(await outcome(session, "namespace.read")).toBe("not_found");
  });

  test("a new session version ends every session", async () => {
    const userId = await userWith("owner");
    const session = await world.contextOf(userId);
    await metadata().user.update({ where: { id: userId }, data: { sessionVersion: { increment: 1 } } });
    expect(await outcome(session, "namespace.read")).toBe("unauthenticated");
  });

  test("a revoked or expired token ends", async () => {
    const userId = await userWith("owner");
    const token = await world.contextOfToken(await world.addToken(userId, acme));
    await metadata().apiToken.updateMany({ where: { userId }, data: { revokedAtMs: 1n } });
    expect(await outcome(token, "namespace.read")).toBe("unauthenticated");
    await metadata().apiToken.updateMany({ where: { userId }, data: { revokedAtMs: null, expiresAtMs: 1n } });
    expect(await outcome(token, "namespace.read")).toBe("unauthenticated");
  });

  test("a role that nobody knows matches nothing", async () => {
    const userId = await userWith("owner");
    const session = await world.contextOf(userId);
    await metadata().membership.updateMany({ where: { userId }, data: { role: "superuser" } });
    expect(await outcome(session, "namespace.read")).toBe("not_found");
  });
});

describe("a token", () => {
  test("may do what is both in its scopes and in its user's role", async () => {
    const admin = await userWith("admin");
    const token = await world.contextOfToken(await world.addToken(admin, acme, ["restore-point.create"]));
    expect(await outcome(token, "restore-point.create")).toBe("done");
    expect(await outcome(token, "restore.project")).toBe("forbidden");
    expect(await outcome(token, "database.read")).toBe("forbidden");
  });

  test("never has more than its user, whatever its scopes say", async () => {
    const viewer = await userWith("viewer");
    const token = await world.contextOfToken(await world.addToken(viewer, acme, ["restore.project", "database.read"]));
    expect(await outcome(token, "restore.project")).toBe("forbidden");
    expect(await outcome(token, "database.read")).toBe("done");
  });

  test("is confined to its namespace, also where its user belongs to another one", async () => {
    const both = await world.addUser(`both-${serial++}@acme.example`, { [acme]: "owner", [other]: "owner" });
    const token = await world.contextOfToken(await world.addToken(both, acme));
    expect(await outcome(token, "namespace.read", "acme")).toBe("done");
    expect(await outcome(token, "namespace.read", "other")).toBe("not_found");
  });

  test("whose stored scopes nobody knows matches nothing", async () => {
    const owner = await userWith("owner");
    const text = await world.addToken(owner, acme);
    await metadata().apiToken.updateMany({ where: { userId: owner }, data: { scopes: "everything *" } });
    expect(await outcome(await world.contextOfToken(text), "namespace.read")).toBe("forbidden");
  });
});

test("an agent or the system itself has no rights in a namespace", async () => {
  const origin = { requestId: "r", address: null };
  expect(await outcome({ actor: { kind: "system" }, origin }, "namespace.read")).toBe("unauthenticated");
  expect(await outcome({ actor: { kind: "agent", agentId: await world.agentId() }, origin }, "namespace.read")).toBe(
    "unauthenticated",
  );
});
