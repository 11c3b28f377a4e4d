import type { MetadataReader } from "../db/client.ts";
import { nowMs } from "../db/epoch-ms.ts";
import { type Action, isRole, type Role } from "../domain/actions.ts";
import type { DatabaseScope } from "../domain/actor.ts";
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
  /** What of the namespace exists for the caller; every question for databases goes by it. */
  databases: DatabaseScope;
};

/** A caller whose session or token counts now, and what is known of the namespace; its fields are null where there is none. */
type Found = {
  userId: string;
  email: string;
  /** Of a token alone. */
  tokenName: string | null;
  boundTo: string | null;
  namespaceId: string | null;
  slug: string | null;
  namespaceName: string | null;
  role: string | null;
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

/**
 * One question for all of it, since every call asks it: several through Prisma took most of a short call's time. No row: the
 * session or token has ended. In the SQL of both providers.
 */
function find(db: MetadataReader, { actor }: CallContext, namespace: string): Promise<Found[]> {
  const id = isUuid(namespace) ? namespace : "";
  const slug = isUuid(namespace) ? "" : namespace;
  const now = nowMs();
  if (actor.kind === "user") {
    return db.$queryRaw<Found[]>`
      SELECT u."id" AS "userId", u."email" AS "email", NULL AS "tokenName", NULL AS "boundTo",
        n."id" AS "namespaceId", n."slug" AS "slug", n."name" AS "namespaceName", m."role" AS "role"
      FROM "Session" s
      JOIN "User" u ON u."id" = s."userId" AND u."sessionVersion" = s."sessionVersion"
      LEFT JOIN "Namespace" n ON (n."id" = ${id} OR n."slug" = ${slug}) AND n."deletedAtMs" IS NULL
      LEFT JOIN "Membership" m ON m."namespaceId" = n."id" AND m."userId" = u."id"
      WHERE s."id" = ${actor.sessionId} AND s."userId" = ${actor.userId} AND s."expiresAtMs" > ${now}`;
  }
  if (actor.kind === "token") {
    return db.$queryRaw<Found[]>`
      SELECT u."id" AS "userId", u."email" AS "email", t."name" AS "tokenName", t."namespaceId" AS "boundTo",
        n."id" AS "namespaceId", n."slug" AS "slug", n."name" AS "namespaceName", m."role" AS "role"
      FROM "ApiToken" t
      JOIN "User" u ON u."id" = t."userId"
      LEFT JOIN "Namespace" n ON (n."id" = ${id} OR n."slug" = ${slug}) AND n."deletedAtMs" IS NULL
      LEFT JOIN "Membership" m ON m."namespaceId" = n."id" AND m."userId" = u."id"
      WHERE t."id" = ${actor.tokenId} AND t."revokedAtMs" IS NULL
        AND (t."expiresAtMs" IS NULL OR t."expiresAtMs" > ${now})`;
  }
  return Promise.resolve([]);
}

/**
 * Finds the caller's place in a namespace, given as slug or id, read freshly: a session or token that has ended since is
 * `unauthenticated`. A namespace the caller does not belong to reads as absent: `not_found`.
 */
export async function findPrincipal(db: MetadataReader, ctx: CallContext, namespace: string): Promise<Principal> {
  const [found] = await find(db, ctx, namespace);
  if (!found) throw signedOut();
  const { userId, email, tokenName, boundTo, namespaceId, slug, namespaceName, role } = found;
  const isBoundElsewhere = boundTo !== null && boundTo !== namespaceId;
  const isThere = namespaceId !== null && slug !== null && namespaceName !== null && role !== null;
  if (!isThere || isBoundElsewhere || !isRole(role)) throw noNamespace(namespace);
  return {
    userId,
    name: tokenName === null ? email : `${email} (token ${tokenName})`,
    namespace: { id: namespaceId, slug, name: namespaceName },
    role,
    scopes: ctx.actor.kind === "token" ? ctx.actor.scopes : "all",
    databases: ctx.actor.kind === "token" ? ctx.actor.databases : "all",
  };
}
