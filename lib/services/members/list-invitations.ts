import type { InvitationView } from "../../client/member-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { isRole } from "../../domain/actions.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { requireWithin } from "./find-member.ts";
import { toInvitationView } from "./to-invitation-view.ts";

/** A namespace's invitations that nobody has accepted or revoked, newest first; those that ended meanwhile say so. */
export function listInvitations(ctx: CallContext, { namespace }: { namespace: string }): Promise<InvitationView[]> {
  return perform(ctx, "invitation.list", { namespace }, async ({ db, principal }) => {
    const rows = await db.invitation.findMany({
      where: { namespaceId: principal.namespace.id, acceptedAtMs: null, revokedAtMs: null },
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
    });
    const views = await Promise.all(rows.map((row) => toInvitationView(db, row)));
    return views.filter((view) => view !== null);
  });
}

/** Ends an invitation; its link is worth nothing from then on. Nobody revokes one to a role above their own. */
export async function revokeInvitation(
  ctx: CallContext,
  { namespace, invitationId }: { namespace: string; invitationId: string },
): Promise<void> {
  await perform(ctx, "invitation.revoke", { namespace }, async ({ db, principal, note }) => {
    const row = isUuid(invitationId)
      ? await db.invitation.findFirst({
          where: { id: invitationId.toLowerCase(), namespaceId: principal.namespace.id },
        })
      : null;
    if (!row) {
      throw new LastgoodError("not_found", "This namespace has no such invitation.", { hint: "List its invitations." });
    }
    note({ kind: "invitation", id: row.id }, { email: row.email, role: row.role });
    if (isRole(row.role)) requireWithin(principal, row.role);
    const { count } = await db.invitation.updateMany({
      where: { id: row.id, acceptedAtMs: null, revokedAtMs: null },
      data: { revokedAtMs: nowMs() },
    });
    if (count === 1) return;
    throw new LastgoodError("conflict", "This invitation was accepted or revoked already.", {
      hint: "A member is taken out in the list of members.",
    });
  });
}
