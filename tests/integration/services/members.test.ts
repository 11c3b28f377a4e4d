import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { ROLES, type Role } from "../../../lib/domain/actions.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { changeRole } from "../../../lib/services/members/change-role.ts";
import { listMembers } from "../../../lib/services/members/list-members.ts";
import { leaveNamespace, removeMember } from "../../../lib/services/members/remove-member.ts";
import { restrictMember } from "../../../lib/services/members/restrict-member.ts";
import { getNamespace } from "../../../lib/services/namespaces/get-namespace.ts";
import { perform } from "../../../lib/services/perform.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

let world: MetadataWorld;
let acme = "";
let other = "";
let serial = 0;
const namespace = "acme";

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  other = await world.addNamespace("other");
});
afterAll(() => world.close());
beforeEach(async () => {
  await metadata().membership.deleteMany();
  await metadata().auditEntry.deleteMany();
});

async function add(
  role: Role,
  alsoIn: Record<string, Role> = {},
): Promise<{ userId: string; email: string; ctx: CallContext }> {
  const email = `${role}-${serial++}@acme.example`;
  const userId = await world.addUser(email, { [acme]: role, ...alsoIn });
  return { userId, email, ctx: await world.contextOf(userId) };
}
const roleOf = async (userId: string) =>
  (await metadata().membership.findUnique({ where: { namespaceId_userId: { namespaceId: acme, userId } } }))?.role;

describe("case 7: a member changes own role, or anybody's:", () => {
  test.each<Role>(["member", "viewer"])("a %s changes no role, neither their own nor another's", async (role) => {
    const [self, peer] = [await add(role), await add("viewer")];
    for (const wanted of ROLES) {
      for (const userId of [self.userId, peer.userId]) {
        expect(await refusalCode(changeRole(self.ctx, { namespace, userId, role: wanted }))).toBe("forbidden");
      }
    }
    expect([await roleOf(self.userId), await roleOf(peer.userId)]).toEqual([role, "viewer"]);
    expect(new Set((await world.auditTrail()).map(({ outcome }) => outcome))).toEqual(new Set(["denied"]));
  });

  test("an admin makes nobody an owner, themselves included, and touches no owner", async () => {
    const [owner, admin, member] = [await add("owner"), await add("admin"), await add("member")];
    await add("owner");
    for (const userId of [admin.userId, member.userId]) {
      expect(await refusalCode(changeRole(admin.ctx, { namespace, userId, role: "owner" }))).toBe("forbidden");
    }
    expect(await refusalCode(changeRole(admin.ctx, { namespace, userId: owner.userId, role: "viewer" }))).toBe(
      "forbidden",
    );
    expect(await refusalCode(removeMember(admin.ctx, { namespace, userId: owner.userId }))).toBe("forbidden");
    expect(await roleOf(owner.userId)).toBe("owner");
  });

  test("control: an admin makes a member an admin, an owner makes an owner, and both are told before and after", async () => {
    const [owner, admin, member] = [await add("owner"), await add("admin"), await add("member")];
    await changeRole(admin.ctx, { namespace, userId: member.userId, role: "admin" });
    await changeRole(owner.ctx, { namespace, userId: member.userId, role: "owner" });
    expect(await roleOf(member.userId)).toBe("owner");
    const entries = (await world.auditTrail()).map(({ action, detail }) => ({ action, ...JSON.parse(detail) }));
    expect(entries).toMatchObject([
      { action: "member.change-role", before: "member", after: "admin", email: member.email },
      { action: "member.change-role", before: "admin", after: "owner" },
    ]);
  });
});

describe("case 8: a demoted or removed user with an old session or token:", () => {
  test("demoted, both lose the right on their next call", async () => {
    const [owner, admin] = [await add("owner"), await add("admin")];
    const token = await world.contextOfToken(await world.addToken(admin.userId, acme));
    const invite = (ctx: CallContext) => refusalCode(perform(ctx, "member.invite", { namespace }, async () => null));
    expect([await invite(admin.ctx), await invite(token)]).toEqual(["done", "done"]);
    await changeRole(owner.ctx, { namespace, userId: admin.userId, role: "viewer" });
    expect([await invite(admin.ctx), await invite(token)]).toEqual(["forbidden", "forbidden"]);
  });

  test("removed, the namespace is gone for both; the session's rights elsewhere stay", async () => {
    const [owner, gone] = [await add("owner"), await add("member", { [other]: "viewer" })];
    const text = await world.addToken(gone.userId, acme);
    const token = await world.contextOfToken(text);
    const elsewhere = await world.contextOfToken(await world.addToken(gone.userId, other));
    const read = (ctx: CallContext, slug: string) => refusalCode(getNamespace(ctx, { namespace: slug }));
    expect([await read(gone.ctx, "acme"), await read(token, "acme")]).toEqual(["done", "done"]);
    await removeMember(owner.ctx, { namespace, userId: gone.userId, confirmEmail: gone.email });
    expect([await read(gone.ctx, "acme"), await read(token, "acme")]).toEqual(["not_found", "unauthenticated"]);
    expect([await read(gone.ctx, "other"), await read(elsewhere, "other")]).toEqual(["done", "done"]);
  });

  test("invited again, a removed person's old token stays revoked and withdrawals are forgotten", async () => {
    const [owner, gone] = [await add("owner"), await add("member")];
    const database = await world.addDatabase(acme, `shop-${serial++}`);
    await restrictMember(owner.ctx, { namespace, userId: gone.userId, database, mayWrite: false });
    const text = await world.addToken(gone.userId, acme);
    await removeMember(owner.ctx, { namespace, userId: gone.userId });
    await metadata().membership.create({
      data: { namespaceId: acme, userId: gone.userId, role: "admin", createdAtMs: 1n },
    });
    expect(await refusalCode(world.contextOfToken(text))).toBe("unauthenticated");
    expect(await metadata().writeWithdrawal.count({ where: { userId: gone.userId } })).toBe(0);
    expect(await metadata().apiToken.findFirst({ where: { userId: gone.userId } })).toMatchObject({
      revokedBy: owner.email,
    });
  });
});

describe("the last owner", () => {
  test("is not demoted, removed, and does not leave", async () => {
    const owner = await add("owner");
    await add("admin");
    const { userId, email, ctx } = owner;
    expect(await refusalCode(changeRole(ctx, { namespace, userId, role: "admin" }))).toBe("conflict");
    expect(await refusalCode(removeMember(ctx, { namespace, userId }))).toBe("conflict");
    expect(await refusalCode(leaveNamespace(ctx, { namespace, confirmEmail: email }))).toBe("conflict");
    expect(await roleOf(userId)).toBe("owner");
    const second = await add("owner");
    expect(await refusalCode(leaveNamespace(ctx, { namespace, confirmEmail: email }))).toBe("done");
    expect([await roleOf(userId), await roleOf(second.userId)]).toEqual([undefined, "owner"]);
  });

  test.each([
    ["demote each other", (ctx: CallContext, userId: string) => changeRole(ctx, { namespace, userId, role: "admin" })],
    ["remove each other", (ctx: CallContext, userId: string) => removeMember(ctx, { namespace, userId })],
  ])("stays when two owners %s at the same time, ten times over", async (_, end) => {
    for (let round = 0; round < 10; round++) {
      await metadata().membership.deleteMany();
      const [one, two] = [await add("owner"), await add("owner")];
      const codes = await Promise.all([refusalCode(end(one.ctx, two.userId)), refusalCode(end(two.ctx, one.userId))]);
      expect(codes.filter((code) => code === "done")).toHaveLength(1);
      expect(await metadata().membership.count({ where: { namespaceId: acme, role: "owner" } })).toBe(1);
    }
  });

  test("stays when two owners leave at the same time", async () => {
    const owners = [await add("owner"), await add("owner")];
    const codes = await Promise.all(
      owners.map(({ ctx, email }) => refusalCode(leaveNamespace(ctx, { namespace, confirmEmail: email }))),
    );
    expect(codes.sort()).toEqual(["conflict", "done"]);
    expect(await metadata().membership.count({ where: { namespaceId: acme, role: "owner" } })).toBe(1);
  });
});

test("somebody of another namespace is no member here", async () => {
  const owner = await add("owner");
  const stranger = await world.addUser(`x-${serial++}@other.example`, { [other]: "member" });
  expect(await refusalCode(changeRole(owner.ctx, { namespace, userId: stranger, role: "viewer" }))).toBe("not_found");
  expect(await refusalCode(removeMember(owner.ctx, { namespace, userId: stranger }))).toBe("not_found");
});

test("a removal wants the e-mail as it is, and an old confirmation is not enough", async () => {
  const [owner, gone] = [await add("owner"), await add("viewer")];
  const remove = (confirmEmail: string) => removeMember(owner.ctx, { namespace, userId: gone.userId, confirmEmail });
  expect(await refusalCode(remove(`${gone.email}x`))).toBe("confirmation_mismatch");
  await metadata().session.updateMany({ where: { userId: owner.userId }, data: { confirmedAtMs: 1n } });
  expect(await refusalCode(remove(gone.email))).toBe("confirmation_needed");
  const promote = changeRole(owner.ctx, { namespace, userId: gone.userId, role: "admin" });
  expect(await refusalCode(promote)).toBe("confirmation_needed");
  expect(await roleOf(gone.userId)).toBe("viewer");
});

test("a token neither leaves for its owner nor reaches their account", async () => {
  await add("owner");
  const member = await add("member");
  const token = await world.contextOfToken(await world.addToken(member.userId, acme));
  expect(await refusalCode(leaveNamespace(token, { namespace, confirmEmail: member.email }))).toBe("forbidden");
  expect(await roleOf(member.userId)).toBe("member");
});

describe("the write right to one database", () => {
  test("is taken from members and given back, and the list of members tells", async () => {
    const [owner, member] = [await add("owner"), await add("member")];
    const name = `shop-${serial++}`;
    const databaseId = await world.addDatabase(acme, name);
    const set = (mayWrite: boolean) =>
      restrictMember(owner.ctx, { namespace, userId: member.userId, database: name, mayWrite });
    const readOnly = async () =>
      (await listMembers(owner.ctx, { namespace })).find(({ userId }) => userId === member.userId)?.readOnly;
    await set(false);
    await set(false);
    expect(await readOnly()).toEqual([{ databaseId, name }]);
    await set(true);
    expect(await readOnly()).toEqual([]);
    const { detail } = (await world.auditTrail()).at(-1) ?? { detail: "" };
    expect(JSON.parse(detail)).toMatchObject({ database: name, before: false, after: true });
  });

  test("is not taken from other roles, not in another namespace's database, and not by a member", async () => {
    const [owner, admin, member] = [await add("owner"), await add("admin"), await add("member")];
    const theirs = await world.addDatabase(other, `theirs-${serial++}`);
    const database = await world.addDatabase(acme, `blog-${serial++}`);
    const restrict = (ctx: CallContext, userId: string, reference: string) =>
      refusalCode(restrictMember(ctx, { namespace, userId, database: reference, mayWrite: false }));
    expect(await restrict(owner.ctx, admin.userId, database)).toBe("conflict");
    expect(await restrict(owner.ctx, member.userId, theirs)).toBe("not_found");
    expect(await restrict(member.ctx, member.userId, database)).toBe("forbidden");
    expect(await metadata().writeWithdrawal.count({ where: { databaseId: { in: [theirs, database] } } })).toBe(0);
  });
});

test("how accounts are guarded is told to those alone who may change members", async () => {
  const [owner, viewer] = [await add("owner"), await add("viewer")];
  const seen = async (ctx: CallContext) =>
    (await listMembers(ctx, { namespace })).find(({ userId }) => userId === owner.userId);
  expect(await seen(owner.ctx)).toMatchObject({ secondFactor: false, isYou: true, lastSeenMs: expect.any(Number) });
  expect(await seen(viewer.ctx)).toMatchObject({ secondFactor: null, isYou: false, lastSeenMs: null });
});
