import type { MetadataReader } from "../../db/client.ts";
import { isRole, type Role } from "../../domain/actions.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isWithin } from "../../domain/member-rules.ts";
import { isUuid } from "../../domain/names.ts";
import type { Principal } from "../find-principal.ts";

export type Member = { userId: string; email: string; role: Role };

/** Finds a member of the caller's namespace; anybody else is `not_found`. */
export async function findMember(db: MetadataReader, principal: Principal, userId: string): Promise<Member> {
  const namespaceId = principal.namespace.id;
  const row = isUuid(userId)
    ? await db.membership.findUnique({
        where: { namespaceId_userId: { namespaceId, userId: userId.toLowerCase() } },
        include: { user: { select: { email: true } } },
      })
    : null;
  if (!row || !isRole(row.role)) {
    throw new LastgoodError("not_found", "This namespace has no such member.", { hint: "List its members." });
  }
  return { userId: row.userId, email: row.user.email, role: row.role };
}

/** Refuses a role stronger than the caller's own, whether somebody has it or should get it: `forbidden`. */
export function requireWithin(principal: Principal, role: Role): void {
  if (isWithin(principal.role, role)) return;
  throw new LastgoodError("forbidden", `Your role, ${principal.role}, does not reach ${role}s.`, {
    hint: "Ask an owner of this namespace.",
  });
}

/**
 * Refuses to take the last owner away: `conflict`. Only within the serialisable transaction that takes them: of two owners
 * who end each other's ownership at the same time one comes second, and is counted anew.
 */
export async function requireOtherOwner(db: MetadataReader, namespaceId: string, member: Member): Promise<void> {
  if (member.role !== "owner") return;
  const others = await db.membership.count({
    where: { namespaceId, role: "owner", userId: { not: member.userId } },
  });
  if (others > 0) return;
  throw new LastgoodError("conflict", `${member.email} is the last owner of this namespace.`, {
    hint: "Make somebody else an owner first.",
  });
}
