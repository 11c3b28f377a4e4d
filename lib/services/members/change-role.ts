import type { Role } from "../../domain/actions.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { revokeInvitations } from "./end-rights.ts";
import { findMember, requireOtherOwner, requireWithin } from "./find-member.ts";

/**
 * Gives a member another role, which counts from their next call on. Neither their role before nor after may be stronger
 * than the caller's, and the last owner stays one. Invitations that they could not send any more end with it.
 */
export async function changeRole(
  ctx: CallContext,
  { namespace, userId, role }: { namespace: string; userId: string; role: Role },
): Promise<void> {
  await perform(ctx, "member.change-role", { namespace }, async ({ db, principal, note }) => {
    const member = await findMember(db, principal, userId);
    note({ kind: "user", id: member.userId }, { email: member.email, before: member.role, after: role });
    requireWithin(principal, member.role);
    requireWithin(principal, role);
    await requireConfirmed(ctx, db);
    if (role === member.role) return;
    const namespaceId = principal.namespace.id;
    if (role !== "owner") await requireOtherOwner(db, namespaceId, member);
    await db.membership.update({
      where: { namespaceId_userId: { namespaceId, userId: member.userId } },
      data: { role },
    });
    await revokeInvitations(db, { namespaceId, userId: member.userId }, role);
  });
}
