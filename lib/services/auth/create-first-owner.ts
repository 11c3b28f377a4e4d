import { randomUUID } from "node:crypto";
import { isUniqueViolation, type MetadataTransaction, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { CallOrigin } from "../../domain/actor.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import { transact } from "../transact.ts";
import { createSession, type SessionClaims } from "./create-session.ts";
import { hashPassword } from "./hash-password.ts";
import { requireSetupToken, spendSetupToken } from "./setup-token.ts";

/** The first owner as a person or the environment describes it; `email` and `namespace` as their schemas made them. */
export type FirstOwner = { email: string; password: string; namespace: string };
export type FirstOwnerIds = { userId: string; namespaceId: string };

/**
 * Sets Lastgood up: spends the one-time token, creates its first owner and namespace and signs the owner in, all in one
 * transaction. Of two calls at the same time one wins, the other is `forbidden`.
 */
export async function createFirstOwner(
  origin: CallOrigin,
  { setupToken, owner }: { setupToken: string; owner: FirstOwner },
): Promise<SessionClaims> {
  await requireSetupToken(metadata(), setupToken);
  const passwordHash = await hashPassword(owner.password);
  try {
    return await transact(async (tx) => {
      await requireSetupToken(tx, setupToken);
      await spendSetupToken(tx);
      const { userId, namespaceId } = await insertOwner(tx, owner, passwordHash);
      await writeAuditEntry(
        tx,
        { actor: { kind: "system" }, origin },
        {
          action: "setup.complete",
          outcome: "done",
          namespaceId,
          actorName: owner.email,
          target: { kind: "user", id: userId },
          detail: { namespace: owner.namespace },
        },
      );
      return createSession(tx, { id: userId, email: owner.email, sessionVersion: 1 }, origin);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new LastgoodError("forbidden", "Somebody has just set Lastgood up.", { hint: "Sign in instead." });
  }
}

/** Writes a user, a namespace and the membership that joins them. */
export async function insertOwner(
  tx: MetadataTransaction,
  owner: FirstOwner,
  passwordHash: string,
): Promise<FirstOwnerIds> {
  const ids = { userId: randomUUID(), namespaceId: randomUUID() };
  const createdAtMs = nowMs();
  await tx.user.create({ data: { id: ids.userId, email: owner.email, passwordHash, createdAtMs } });
  await tx.namespace.create({
    data: { id: ids.namespaceId, slug: owner.namespace, name: owner.namespace, createdAtMs },
  });
  await tx.membership.create({ data: { ...ids, role: "owner", createdAtMs } });
  return ids;
}
