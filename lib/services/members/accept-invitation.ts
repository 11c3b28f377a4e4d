import { randomUUID } from "node:crypto";
import type { OfferView } from "../../client/member-types.ts";
import { isUniqueViolation, type MetadataReader, type MetadataTransaction, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { isRole, type Role } from "../../domain/actions.ts";
import type { CallOrigin } from "../../domain/actor.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import { createSession, type SessionClaims } from "../auth/create-session.ts";
import { hashPassword } from "../auth/hash-password.ts";
import { hashToken } from "../auth/hash-token.ts";
import type { CallContext } from "../call-context.ts";
import { findAccount } from "../perform-own.ts";
import { transact } from "../transact.ts";
import { readInvitationState } from "./to-invitation-view.ts";

type Offer = {
  id: string;
  namespaceId: string;
  slug: string;
  name: string;
  email: string;
  role: Role;
  by: string;
  expiresAtMs: number;
};

/**
 * The invitation behind a link, while it counts: not accepted, revoked or expired, its namespace there, its sender still
 * able to send it. Everything else is `not_found` alike.
 */
async function findOffer(db: MetadataReader, token: string): Promise<Offer> {
  const row = await db.invitation.findUnique({ where: { hash: hashToken(token) }, include: { namespace: true } });
  const isOpen =
    row !== null &&
    row.acceptedAtMs === null &&
    row.revokedAtMs === null &&
    row.namespace.deletedAtMs === null &&
    isRole(row.role) &&
    (await readInvitationState(db, row)) === "open";
  if (!isOpen || !isRole(row.role)) {
    throw new LastgoodError("not_found", "This invitation does not count, or no longer.", {
      hint: "Ask whoever sent it for a new one: a link works once, and only for a while.",
    });
  }
  const { id, namespaceId, email, role, createdByName, namespace } = row;
  const { slug, name } = namespace;
  return { id, namespaceId, slug, name, email, role, by: createdByName, expiresAtMs: Number(row.expiresAtMs) };
}

/** What a link offers, for its page; null when it does not count. */
export async function readOffer(token: string): Promise<OfferView | null> {
  try {
    const { slug, name, email, role, by, expiresAtMs } = await findOffer(metadata(), token);
    const hasAccount = (await metadata().user.count({ where: { email } })) > 0;
    return { namespace: { slug, name }, email, role, invitedBy: by, expiresAtMs, hasAccount };
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "not_found") return null;
    throw error;
  }
}

/** Accepts as the account that is signed in, which must be the invited one: `forbidden` otherwise. */
export async function acceptAsMember(ctx: CallContext, token: string): Promise<{ namespace: string }> {
  return transact(async (tx) => {
    const account = await findAccount(tx, ctx);
    const offer = await findOffer(tx, token);
    if (account.email !== offer.email) {
      throw new LastgoodError("forbidden", `This invitation is for ${offer.email}; you are ${account.email}.`, {
        hint: "Sign out, then open the link again.",
      });
    }
    await join(tx, ctx, offer, account.id);
    return { namespace: offer.slug };
  });
}

/**
 * Accepts as somebody new: makes the account of the invited e-mail with this password, and signs in. An e-mail that has an
 * account already is `conflict`: its owner signs in, since the link alone must not open it.
 */
export async function acceptAsNewUser(
  origin: CallOrigin,
  { token, password }: { token: string; password: string },
): Promise<{ claims: SessionClaims; namespace: string }> {
  await requireNewcomer(metadata(), await findOffer(metadata(), token));
  const passwordHash = await hashPassword(password);
  try {
    return await transact(async (tx) => {
      const offer = await findOffer(tx, token);
      await requireNewcomer(tx, offer);
      const user = { id: randomUUID(), email: offer.email, sessionVersion: 1 };
      await tx.user.create({ data: { id: user.id, email: user.email, passwordHash, createdAtMs: nowMs() } });
      const claims = await createSession(tx, user, origin);
      await join(tx, { actor: { kind: "user", ...claims }, origin }, offer, user.id);
      return { claims, namespace: offer.slug };
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw hasAccount();
    throw error;
  }
}

async function requireNewcomer(db: MetadataReader, { email }: Offer): Promise<void> {
  if ((await db.user.count({ where: { email } })) > 0) throw hasAccount();
}

/** Spends the invitation and makes the membership. Of two at the same time the second finds it spent. */
async function join(tx: MetadataTransaction, ctx: CallContext, offer: Offer, userId: string): Promise<void> {
  const { id, namespaceId, email, role } = offer;
  const { count } = await tx.invitation.updateMany({
    where: { id, acceptedAtMs: null, revokedAtMs: null },
    data: { acceptedAtMs: nowMs(), acceptedBy: userId },
  });
  const membership = await tx.membership.findUnique({ where: { namespaceId_userId: { namespaceId, userId } } });
  if (count === 0 || membership) {
    throw new LastgoodError("conflict", `${email} is a member of this namespace already.`, { hint: "Sign in." });
  }
  await tx.membership.create({ data: { namespaceId, userId, role, createdAtMs: nowMs() } });
  await writeAuditEntry(tx, ctx, {
    action: "invitation.accept",
    outcome: "done",
    namespaceId,
    actorName: email,
    target: { kind: "user", id: userId },
    detail: { invitationId: id, role },
  });
}

function hasAccount(): LastgoodError {
  return new LastgoodError("conflict", "This e-mail address has an account already.", {
    hint: "Sign in with its password, then open the link again.",
  });
}
