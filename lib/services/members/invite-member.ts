import { randomUUID } from "node:crypto";
import type { NewInvitationView } from "../../client/member-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { Role } from "../../domain/actions.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { INVITATION_HOURS } from "../../domain/member-rules.ts";
import { readEnv } from "../../env.ts";
import { hashToken, makeToken } from "../auth/hash-token.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { requireWithin } from "./find-member.ts";
import { toInvitationView } from "./to-invitation-view.ts";

export type Invite = {
  namespace: string;
  /** As `emailSchema` made it. */
  email: string;
  role: Role;
  /** 1 to 720; seven days where not given. */
  expiresInHours?: number | undefined;
};

/**
 * Makes a link with which the owner of one e-mail address becomes a member. The link is only ever in the answer; an
 * earlier open one for the same address ends. Nobody invites to a role above their own. Throws `conflict` for a member.
 */
export function inviteMember(ctx: CallContext, input: Invite): Promise<NewInvitationView> {
  const { namespace, email, role, expiresInHours = INVITATION_HOURS.usual } = input;
  const token = makeToken("lgi_");
  const id = randomUUID();
  return perform(ctx, "member.invite", { namespace }, async ({ db, principal, note }) => {
    note({ kind: "invitation", id }, { email, role, expiresInHours });
    requireWithin(principal, role);
    await requireConfirmed(ctx, db);
    const namespaceId = principal.namespace.id;
    if (await db.membership.findFirst({ where: { namespaceId, user: { email } } })) {
      throw new LastgoodError("conflict", `${email} is a member of this namespace already.`, {
        field: "email",
        hint: "Change their role in the list of members.",
      });
    }
    const createdAtMs = nowMs();
    await db.invitation.updateMany({
      where: { namespaceId, email, acceptedAtMs: null, revokedAtMs: null },
      data: { revokedAtMs: createdAtMs },
    });
    const row = await db.invitation.create({
      data: {
        id,
        namespaceId,
        email,
        role,
        hash: hashToken(token),
        createdAtMs,
        createdBy: ctx.actor.kind === "token" ? ctx.actor.tokenId : principal.userId,
        createdByName: principal.name,
        expiresAtMs: createdAtMs + BigInt(expiresInHours) * 3_600_000n,
      },
    });
    const invitation = await toInvitationView(db, row);
    if (!invitation) throw new Error("an invitation that was just made has a view");
    return { invitation, link: `${readEnv().publicUrl}/invitation?token=${token}` };
  });
}
