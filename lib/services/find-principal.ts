import type { MetadataReader } from "../db/client.ts";
import { nowMs } from "../db/epoch-ms.ts";
import { type Action, isRole, type Role } from "../domain/actions.ts";
import { LastgoodError } from "../domain/errors.ts";
import { isUuid } from "../domain/names.ts";
import type { CallContext } from "./call-context.ts";

/** A caller in one namespace, with the rights of this very moment. */
export type Principal = {
  userId: string;
  /** How lists and the audit log name the caller. */
  name: string;
  namespace: { id: string; slug: string; name: string };
  role: Role;
  scopes: "all" | readonly Action[];
};

function signedOut(): LastgoodError {
  return new LastgoodError("unauthenticated", "You are not signed in.", {
    hint: "Sign in, or send a valid API token as Authorization: Bearer.",
  });
}

function noNamespace(namespace: string): LastgoodError {
  return new LastgoodError("not_found", `There is no namespace ${namespace.slice(0, 64)}.`, {
    hint: "Check its name; you see only namespaces you belong to.",
  });
}

/** The caller's user, read freshly: a session or token that has ended since is `unauthenticated`. */
async function findUser(db: MetadataReader, { actor }: CallContext) {
  if (actor.kind === "user") {
    const session = await db.session.findUnique({ where: { id: actor.sessionId }, include: { user: true } });
    const valid =
      session &&
      session.userId === actor.userId &&
      session.expiresAtMs > nowMs() &&
      session.sessionVersion === session.user.sessionVersion;
    if (!valid) throw signedOut();
    return { user: session.user, name: session.user.email, namespaceId: null };
  }
  if (actor.kind === "token") {
    const token = await db.apiToken.findUnique({ where: { id: actor.tokenId }, include: { user: true } });
    const valid = token && token.revokedAtMs === null && (token.expiresAtMs === null || token.expiresAtMs > nowMs());
    if (!valid) throw signedOut();
    return { user: token.user, name: `${token.user.email} (token ${token.name})`, namespaceId: token.namespaceId };
  }
  throw signedOut();
}

/**
 * Finds the caller's place in a namespace, given as slug or id. A namespace the caller does not belong to reads as
 * absent: `not_found`.
 */
export async function findPrincipal(db: MetadataReader, ctx: CallContext, namespace: string): Promise<Principal> {
  const { user, name, namespaceId } = await findUser(db, ctx);
  const row = await db.namespace.findFirst({
    where: isUuid(namespace) ? { id: namespace, deletedAtMs: null } : { slug: namespace, deletedAtMs: null },
  });
  if (!row || (namespaceId !== null && namespaceId !== row.id)) throw noNamespace(namespace);
  const membership = await db.membership.findUnique({
    where: { namespaceId_userId: { namespaceId: row.id, userId: user.id } },
  });
  if (!membership || !isRole(membership.role)) throw noNamespace(namespace);
  return {
    userId: user.id,
    name,
    namespace: { id: row.id, slug: row.slug, name: row.name },
    role: membership.role,
    scopes: ctx.actor.kind === "token" ? ctx.actor.scopes : "all",
  };
}
