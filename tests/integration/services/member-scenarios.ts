import { metadata } from "../../../lib/db/client.ts";
import type { Role } from "../../../lib/domain/actions.ts";
import { changePassword } from "../../../lib/services/account/change-password.ts";
import { hashPassword } from "../../../lib/services/auth/hash-password.ts";
import { admitGuess } from "../../../lib/services/auth/limit-sign-ins.ts";
import { requireConfirmed } from "../../../lib/services/auth/require-confirmed.ts";
import { verifyCode, verifyCredentials } from "../../../lib/services/auth/verify-credentials.ts";
import { findDatabase, requireWritable } from "../../../lib/services/databases/find-database.ts";
import { acceptAsMember } from "../../../lib/services/members/accept-invitation.ts";
import { changeRole } from "../../../lib/services/members/change-role.ts";
import { inviteMember } from "../../../lib/services/members/invite-member.ts";
import { removeMember } from "../../../lib/services/members/remove-member.ts";
import { getNamespace } from "../../../lib/services/namespaces/get-namespace.ts";
import { perform } from "../../../lib/services/perform.ts";
import { makeTotp, makeTotpSecret } from "../../../lib/services/second-factor/make-totp.ts";
import { sealTotpSecret } from "../../../lib/services/second-factor/seal-totp-secret.ts";
import type { MetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

const password = "correct horse battery staple";
const origin = { requestId: "r", address: "192.0.2.1" };

/** A namespace with a person of each role, made anew for each attack. */
export async function openMemberWorld(world: MetadataWorld) {
  const namespace = `house-${await metadata().namespace.count()}`;
  const id = await world.addNamespace(namespace);
  const person = async (role: Role) => {
    const email = `${role}@${namespace}.example`;
    const userId = await world.addUser(email, { [id]: role });
    return { userId, email, ctx: await world.contextOf(userId) };
  };
  const [owner, admin, member] = [await person("owner"), await person("admin"), await person("member")];
  const givePassword = async (userId: string) =>
    metadata().user.update({ where: { id: userId }, data: { passwordHash: await hashPassword(password) } });
  const invite = async (email: string) => {
    const { link } = await inviteMember(admin.ctx, { namespace, email, role: "viewer" });
    return new URL(link).searchParams.get("token") ?? "";
  };
  return { world, namespace, id, owner, admin, member, givePassword, invite };
}

type MemberWorld = Awaited<ReturnType<typeof openMemberWorld>>;

/** A user with a second factor, and what their app shows. */
async function addGuarded({ member, givePassword }: MemberWorld) {
  const secret = makeTotpSecret();
  await givePassword(member.userId);
  await metadata().user.update({
    where: { id: member.userId },
    data: { totpSealed: sealTotpSecret(member.userId, secret), totpSinceMs: 1n },
  });
  return { email: member.email, code: makeTotp(secret, member.email).generate() };
}

async function medianMs(run: () => Promise<unknown>): Promise<number> {
  const timesMs: number[] = [];
  for (let round = 0; round < 3; round++) {
    const startMs = performance.now();
    await run();
    timesMs.push(performance.now() - startMs);
  }
  return timesMs.sort((a, b) => a - b)[1] ?? 0;
}

/** Attacks by and on people, each answering what became of it. */
export const ATTACKS: Record<string, { fact: string; safe: string; run(place: MemberWorld): Promise<string> }> = {
  ownRole: {
    fact: "case 7: a member does not make themselves an owner",
    safe: "forbidden",
    run: ({ namespace, member }) =>
      refusalCode(changeRole(member.ctx, { namespace, userId: member.userId, role: "owner" })),
  },
  invitedRole: {
    fact: "case 7: an admin does not invite an owner",
    safe: "forbidden",
    run: ({ namespace, admin }) =>
      refusalCode(inviteMember(admin.ctx, { namespace, email: `x@${namespace}.example`, role: "owner" })),
  },
  oldToken: {
    fact: "case 8: a removed person's token does not come back with a new membership",
    safe: "unauthenticated",
    async run({ world, namespace, id, owner, member: { userId } }) {
      const token = await world.addToken(userId, id);
      await removeMember(owner.ctx, { namespace, userId });
      await metadata().membership.create({ data: { namespaceId: id, userId, role: "member", createdAtMs: 1n } });
      return refusalCode(world.contextOfToken(token).then((ctx) => getNamespace(ctx, { namespace })));
    },
  },
  oldSession: {
    fact: "case 39: a password change ends the sessions of other browsers",
    safe: "unauthenticated",
    async run({ world, namespace, member, givePassword }) {
      await givePassword(member.userId);
      const elsewhere = await world.contextOf(member.userId);
      await changePassword(member.ctx, { present: password, next: "another password altogether" });
      return refusalCode(getNamespace(elsewhere, { namespace }));
    },
  },
  flood: {
    fact: "case 41: a hundred guesses from one address are limited",
    safe: "rate_limited",
    async run({ owner }) {
      const guess = {
        account: owner.email,
        what: "password",
        place: { kind: "address", address: "192.0.2.4" },
      } as const;
      let last = "";
      for (let attempt = 0; attempt < 100; attempt++) last = await refusalCode(admitGuess(guess));
      return last;
    },
  },
  unknown: {
    fact: "case 42: time does not tell an unknown user from a known one",
    safe: "alike",
    async run({ namespace, owner, givePassword }) {
      await givePassword(owner.userId);
      const signIn = (email: string) => refusalCode(verifyCredentials(origin, { email, password: "wrong" }));
      const known = await medianMs(() => signIn(owner.email));
      const unknown = await medianMs(() => signIn(`nobody@${namespace}.example`));
      return unknown > known / 3 ? "alike" : "told apart";
    },
  },
  lastOwner: {
    fact: "the last owner is not taken out",
    safe: "conflict",
    run: ({ namespace, owner }) => refusalCode(removeMember(owner.ctx, { namespace, userId: owner.userId })),
  },
  strangersLink: {
    fact: "somebody else's invitation is not accepted",
    safe: "forbidden",
    async run({ world, namespace, invite }) {
      const stranger = await world.contextOf(await world.addUser(`eve@${namespace}.example`, {}));
      return refusalCode(acceptAsMember(stranger, await invite(`nora@${namespace}.example`)));
    },
  },
  deadSender: {
    fact: "an invitation dies with its sender's right",
    safe: "not_found",
    async run({ world, namespace, admin, invite }) {
      const email = `nora@${namespace}.example`;
      const invited = await world.contextOf(await world.addUser(email, {}));
      const token = await invite(email);
      await metadata().membership.updateMany({ where: { userId: admin.userId }, data: { role: "member" } });
      return refusalCode(acceptAsMember(invited, token));
    },
  },
  passwordAlone: {
    fact: "the password alone signs nobody in who has a second factor",
    safe: "asked",
    async run(place) {
      const { email } = await addGuarded(place);
      return (await verifyCredentials(origin, { email, password })).signedIn ? "signed in" : "asked";
    },
  },
  codeTwice: {
    fact: "a code does not count twice",
    safe: "confirmation_mismatch",
    async run(place) {
      const { code } = await addGuarded(place);
      const { id: userId, sessionVersion } = await metadata().user.findUniqueOrThrow({
        where: { id: place.member.userId },
      });
      const challenge = { userId, sessionVersion, expiresAtMs: Date.now() + 60_000 };
      await verifyCode(origin, challenge, code);
      return refusalCode(verifyCode(origin, challenge, code));
    },
  },
  unattended: {
    fact: "an unattended browser's confirmation ends",
    safe: "confirmation_needed",
    async run({ owner }) {
      await metadata().session.updateMany({ where: { userId: owner.userId }, data: { confirmedAtMs: 1n } });
      return refusalCode(requireConfirmed(owner.ctx));
    },
  },
  withdrawn: {
    fact: "a member writes to no database whose write right was withdrawn",
    safe: "forbidden",
    async run({ world, namespace, id, member }) {
      const databaseId = await world.addDatabase(id, "shop");
      await metadata().writeWithdrawal.create({
        data: { databaseId, userId: member.userId, createdAtMs: 1n, createdBy: "test" },
      });
      const write = perform(member.ctx, "database.query", { namespace }, async ({ db, principal }) =>
        requireWritable(db, principal, await findDatabase(db, principal, databaseId)),
      );
      return refusalCode(write);
    },
  },
};
