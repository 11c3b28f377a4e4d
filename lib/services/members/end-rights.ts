import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { isRole, type Role, roleMay } from "../../domain/actions.ts";
import { isWithin } from "../../domain/member-rules.ts";

type Of = { namespaceId: string; userId: string };

/**
 * Ends a membership and all that rests on it in this namespace: API tokens, invitations, withdrawals. None of it comes
 * back when the same person is invited again. Sessions stay: they carry the rights in other namespaces.
 */
export async function endMembership(
  tx: MetadataTransaction,
  { namespaceId, userId }: Of,
  endedBy: string,
): Promise<{ tokens: number; invitations: number }> {
  const revokedAtMs = nowMs();
  await tx.membership.delete({ where: { namespaceId_userId: { namespaceId, userId } } });
  await tx.writeWithdrawal.deleteMany({ where: { userId, database: { namespaceId } } });
  const { count: tokens } = await tx.apiToken.updateMany({
    where: { namespaceId, userId, revokedAtMs: null },
    data: { revokedAtMs, revokedBy: endedBy },
  });
  return { tokens, invitations: await revokeInvitations(tx, { namespaceId, userId }, null) };
}

/**
 * Revokes the open invitations that somebody sent, by API token as well, and in the role they have now, could not send any more.
 * @param role null for somebody who is no member any more
 */
export async function revokeInvitations(
  tx: MetadataTransaction,
  { namespaceId, userId }: Of,
  role: Role | null,
): Promise<number> {
  const tokens = await tx.apiToken.findMany({ where: { namespaceId, userId }, select: { id: true } });
  const senders = [userId, ...tokens.map(({ id }) => id)];
  const open = await tx.invitation.findMany({
    where: { namespaceId, createdBy: { in: senders }, acceptedAtMs: null, revokedAtMs: null },
    select: { id: true, role: true },
  });
  const dead = open.filter((one) => !mayInvite(role, one.role)).map(({ id }) => id);
  await tx.invitation.updateMany({ where: { id: { in: dead } }, data: { revokedAtMs: nowMs() } });
  return dead.length;
}

/** Whether a member of this role could send such an invitation now. */
export function mayInvite(role: Role | null, invited: string): boolean {
  return role !== null && isRole(invited) && roleMay(role, "member.invite") && isWithin(role, invited);
}
