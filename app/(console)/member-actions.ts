"use server";

import { z } from "zod";
import { changeRole } from "../../lib/services/members/change-role.ts";
import { inviteMember } from "../../lib/services/members/invite-member.ts";
import { revokeInvitation } from "../../lib/services/members/list-invitations.ts";
import { leaveNamespace, removeMember } from "../../lib/services/members/remove-member.ts";
import { restrictMember } from "../../lib/services/members/restrict-member.ts";
import { action } from "../../lib/web/action.ts";
import { inviteBodySchema, roleBodySchema, writeRightBodySchema } from "../../lib/web/member-schemas.ts";

const inNamespace = { namespace: z.string().max(64) };
const ofMember = { ...inNamespace, userId: z.string().max(64) };
const confirmEmail = z.string({ error: "Type the e-mail to confirm." }).max(300);

/** Makes an invitation; its link is told this once. */
export const invite = action(inviteBodySchema.extend(inNamespace), (ctx, input) => inviteMember(ctx, input));

/** Ends an invitation that nobody accepted yet. */
export const withdrawInvitation = action(
  z.strictObject({ ...inNamespace, invitationId: z.string().max(64) }),
  async (ctx, input) => {
    await revokeInvitation(ctx, input);
    return null;
  },
);

/** Gives a member another role. */
export const giveRole = action(roleBodySchema.extend(ofMember), async (ctx, input) => {
  await changeRole(ctx, input);
  return null;
});

/** Takes a member's right to write to one database, or gives it back. */
export const setWriteRight = action(writeRightBodySchema.extend(ofMember), async (ctx, input) => {
  await restrictMember(ctx, input);
  return null;
});

/** Takes somebody out of the namespace; their e-mail is typed to confirm. */
export const takeOut = action(z.strictObject({ ...ofMember, confirmEmail }), async (ctx, input) => {
  await removeMember(ctx, input);
  return null;
});

/** Leaves the namespace oneself; one's own e-mail is typed to confirm. */
export const leave = action(z.strictObject({ ...inNamespace, confirmEmail }), async (ctx, input) => {
  await leaveNamespace(ctx, input);
  return null;
});
