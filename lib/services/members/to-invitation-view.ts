import type { InvitationView } from "../../client/member-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { isRole, type Role } from "../../domain/actions.ts";
import { mayInvite } from "./end-rights.ts";

export type InvitationRow = Prisma.InvitationGetPayload<Record<string, never>>;

/** Whether an invitation that was neither accepted nor revoked still counts: in time, and its sender could send it now. */
export async function readInvitationState(db: MetadataReader, row: InvitationRow): Promise<InvitationView["state"]> {
  if (row.expiresAtMs <= nowMs()) return "expired";
  const role = await readSenderRole(db, row);
  return mayInvite(role, row.role) ? "open" : "void";
}

/**
 * The role of whoever sent an invitation, as it is now. One that was sent with an API token rests on that token: it ends
 * with it.
 */
async function readSenderRole(db: MetadataReader, { namespaceId, createdBy }: InvitationRow): Promise<Role | null> {
  const token = await db.apiToken.findFirst({ where: { id: createdBy, namespaceId } });
  if (token && (token.revokedAtMs !== null || (token.expiresAtMs !== null && token.expiresAtMs <= nowMs())))
    return null;
  const userId = token?.userId ?? createdBy;
  const sender = await db.membership.findUnique({
    where: { namespaceId_userId: { namespaceId, userId } },
    select: { role: true },
  });
  return sender && isRole(sender.role) ? sender.role : null;
}

/** An invitation as lists show it: never its link. Null for one whose role nobody knows. */
export async function toInvitationView(db: MetadataReader, row: InvitationRow): Promise<InvitationView | null> {
  if (!isRole(row.role)) return null;
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    invitedBy: row.createdByName,
    createdAtMs: Number(row.createdAtMs),
    expiresAtMs: Number(row.expiresAtMs),
    state: await readInvitationState(db, row),
  };
}
