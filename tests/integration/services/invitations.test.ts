import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { ROLES, type Role } from "../../../lib/domain/actions.ts";
import { isSessionValid } from "../../../lib/services/auth/create-session.ts";
import { verifyCredentials } from "../../../lib/services/auth/verify-credentials.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { acceptAsMember, acceptAsNewUser, readOffer } from "../../../lib/services/members/accept-invitation.ts";
import { changeRole } from "../../../lib/services/members/change-role.ts";
import { inviteMember } from "../../../lib/services/members/invite-member.ts";
import { listInvitations, revokeInvitation } from "../../../lib/services/members/list-invitations.ts";
import { removeMember } from "../../../lib/services/members/remove-member.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

const password = "correct horse battery staple";
const origin = { requestId: "r", address: "192.0.2.9", userAgent: "Firefox" };
const namespace = "acme";

let world: MetadataWorld;
let acme = "";
let serial = 0;
let owner: CallContext;
let ownerId = "";

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  ownerId = await world.addUser("ada@acme.example", { [acme]: "owner" });
});
afterAll(() => world.close());
beforeEach(async () => {
  await metadata().invitation.deleteMany();
  owner = await world.contextOf(ownerId);
});

const freshEmail = () => `new-${serial++}@acme.example`;
async function invite(ctx: CallContext, email: string, role: Role = "member", expiresInHours?: number) {
  const { invitation, link } = await inviteMember(ctx, { namespace, email, role, expiresInHours });
  return { id: invitation.id, token: new URL(link).searchParams.get("token") ?? "", link };
}
async function add(role: Role) {
  const userId = await world.addUser(`${role}-${serial++}@acme.example`, { [acme]: role });
  return { userId, ctx: await world.contextOf(userId) };
}
const roleOf = async (email: string) =>
  (await metadata().membership.findFirst({ where: { namespaceId: acme, user: { email } } }))?.role;

test("an invitation's link holds 256 random bits, is told once, and only its hash is kept", async () => {
  const { token } = await invite(owner, freshEmail());
  expect(Buffer.from(token.slice(4), "base64url")).toHaveLength(32);
  const stored = JSON.stringify([
    (await metadata().invitation.findMany()).map(({ hash, email }) => [hash, email]),
    (await world.auditTrail()).map(({ detail }) => detail),
    await listInvitations(owner, { namespace }),
  ]);
  expect(stored).not.toContain(token);
  expect(stored).not.toContain(token.slice(4));
});

test("somebody new sets a password, is a member with the invited role, and signs in with it from then on", async () => {
  const email = freshEmail();
  const { token } = await invite(owner, email, "viewer");
  expect(await readOffer(token)).toMatchObject({
    namespace: { slug: "acme" },
    email,
    role: "viewer",
    hasAccount: false,
  });
  const { claims } = await acceptAsNewUser(origin, { token, password });
  expect(await isSessionValid(claims)).toBe(true);
  expect(await roleOf(email)).toBe("viewer");
  expect(await verifyCredentials(origin, { email, password })).toMatchObject({ signedIn: true });
  expect((await world.auditTrail()).map(({ action }) => action)).toContain("invitation.accept");
  expect(await readOffer(token)).toBeNull();
});

test("it is for one e-mail: another account cannot accept it, the invited one can", async () => {
  const email = freshEmail();
  const invited = await world.contextOf(await world.addUser(email, {}));
  const stranger = await world.contextOf(await world.addUser(freshEmail(), {}));
  const { token } = await invite(owner, email);
  expect(await refusalCode(acceptAsMember(stranger, token))).toBe("forbidden");
  expect(await refusalCode(acceptAsMember(invited, token))).toBe("done");
  expect(await roleOf(email)).toBe("member");
});

test("the link alone does not open an account that exists", async () => {
  const email = freshEmail();
  await world.addUser(email, {});
  const { token } = await invite(owner, email);
  expect(await refusalCode(acceptAsNewUser(origin, { token, password }))).toBe("conflict");
  expect(await roleOf(email)).toBeUndefined();
});

test("of many who accept at the same time exactly one does", async () => {
  const email = freshEmail();
  const { token } = await invite(owner, email);
  const codes = await Promise.all(
    Array.from({ length: 8 }, () => refusalCode(acceptAsNewUser(origin, { token, password }))),
  );
  expect(codes.filter((code) => code === "done")).toHaveLength(1);
  expect(await metadata().user.count({ where: { email } })).toBe(1);
  const second = freshEmail();
  const ctx = await world.contextOf(await world.addUser(second, {}));
  const { token: other } = await invite(owner, second);
  const joined = await Promise.all(Array.from({ length: 8 }, () => refusalCode(acceptAsMember(ctx, other))));
  expect(joined.filter((code) => code === "done")).toHaveLength(1);
  expect(joined.filter((code) => code === "not_found")).toHaveLength(7);
});

describe("case 7: the role in an invitation:", () => {
  test.each(ROLES)("a %s invites to no role above their own", async (role) => {
    const { ctx } = await add(role);
    const codes = [];
    for (const wanted of ROLES)
      codes.push(await refusalCode(inviteMember(ctx, { namespace, email: freshEmail(), role: wanted })));
    const allowed = { owner: 4, admin: 3, member: 0, viewer: 0 }[role];
    expect(codes).toEqual([
      ...Array.from({ length: 4 - allowed }, () => "forbidden"),
      ...Array.from({ length: allowed }, () => "done"),
    ]);
  });

  test("an admin does not revoke an invitation to be owner; control: an owner does", async () => {
    const { ctx: admin } = await add("admin");
    const { id, token } = await invite(owner, freshEmail(), "owner");
    expect(await refusalCode(revokeInvitation(admin, { namespace, invitationId: id }))).toBe("forbidden");
    expect(await readOffer(token)).not.toBeNull();
    expect(await refusalCode(revokeInvitation(owner, { namespace, invitationId: id }))).toBe("done");
    expect(await readOffer(token)).toBeNull();
  });
});

describe("an invitation ends", () => {
  const state = async (id: string) =>
    (await listInvitations(owner, { namespace })).find((view) => view.id === id)?.state ?? "gone";

  test("when its time is over, which is seven days where nothing was said", async () => {
    const { id, token } = await invite(owner, freshEmail());
    const row = await metadata().invitation.findUniqueOrThrow({ where: { id } });
    expect(Number(row.expiresAtMs - row.createdAtMs)).toBe(7 * 86_400_000);
    expect(await state(id)).toBe("open");
    await metadata().invitation.update({ where: { id }, data: { expiresAtMs: BigInt(Date.now()) } });
    expect(await state(id)).toBe("expired");
    expect(await refusalCode(acceptAsNewUser(origin, { token, password }))).toBe("not_found");
  });

  test("when it is revoked, or another one for the same address is made", async () => {
    const email = freshEmail();
    const first = await invite(owner, email);
    const second = await invite(owner, email);
    expect([await readOffer(first.token), await state(first.id)]).toEqual([null, "gone"]);
    await revokeInvitation(owner, { namespace, invitationId: second.id });
    expect(await refusalCode(acceptAsNewUser(origin, { token: second.token, password }))).toBe("not_found");
    expect(await refusalCode(revokeInvitation(owner, { namespace, invitationId: second.id }))).toBe("conflict");
  });

  test("when whoever sent it may not send it any more, and does not come back with the right", async () => {
    const { userId, ctx } = await add("owner");
    const ownership = await invite(ctx, freshEmail(), "owner");
    const viewing = await invite(ctx, freshEmail(), "viewer");
    await changeRole(owner, { namespace, userId, role: "admin" });
    expect(await readOffer(ownership.token)).toBeNull();
    expect(await readOffer(viewing.token)).not.toBeNull();
    await changeRole(owner, { namespace, userId, role: "owner" });
    expect(await readOffer(ownership.token)).toBeNull();
    await removeMember(owner, { namespace, userId });
    expect(await readOffer(viewing.token)).toBeNull();
    expect(await refusalCode(acceptAsNewUser(origin, { token: viewing.token, password }))).toBe("not_found");
  });

  test("when its sender's row says so although nobody revoked it", async () => {
    const { userId, ctx } = await add("admin");
    const { id, token } = await invite(ctx, freshEmail());
    await metadata().membership.updateMany({ where: { userId }, data: { role: "member" } });
    expect([await state(id), await readOffer(token)]).toEqual(["void", null]);
    expect(await refusalCode(acceptAsNewUser(origin, { token, password }))).toBe("not_found");
  });

  test("when the API token that sent it is revoked", async () => {
    const { userId } = await add("admin");
    const ctx = await world.contextOfToken(await world.addToken(userId, acme));
    const { id, token } = await invite(ctx, freshEmail());
    expect(await state(id)).toBe("open");
    await metadata().apiToken.updateMany({ where: { userId }, data: { revokedAtMs: 1n } });
    expect([await state(id), await readOffer(token)]).toEqual(["void", null]);
  });

  test("when its namespace is deleted", async () => {
    const { token } = await invite(owner, freshEmail());
    await metadata().namespace.update({ where: { id: acme }, data: { deletedAtMs: 1n } });
    expect(await refusalCode(acceptAsNewUser(origin, { token, password }))).toBe("not_found");
    await metadata().namespace.update({ where: { id: acme }, data: { deletedAtMs: null } });
    expect(await refusalCode(acceptAsNewUser(origin, { token, password }))).toBe("done");
  });
});

test("a member is not invited again, and nobody is invited on an old confirmation", async () => {
  expect(await refusalCode(inviteMember(owner, { namespace, email: "ada@acme.example", role: "viewer" }))).toBe(
    "conflict",
  );
  await metadata().session.updateMany({ where: { userId: ownerId }, data: { confirmedAtMs: 1n } });
  expect(await refusalCode(inviteMember(owner, { namespace, email: freshEmail(), role: "viewer" }))).toBe(
    "confirmation_needed",
  );
});
