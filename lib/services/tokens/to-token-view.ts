import type { TokenView } from "../../client/api-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { nowMs, toNumber } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { ALL_ACTIONS, isNamespaceWide, isRole, type Role, roleMay } from "../../domain/actions.ts";
import type { DatabaseScope } from "../../domain/actor.ts";
import type { Principal } from "../find-principal.ts";
import { DEFAULT_RATE_PER_MINUTE } from "./admit-call.ts";
import { readDatabaseScope, readScopes } from "./stored-scope.ts";

export type TokenRow = Prisma.ApiTokenGetPayload<{ include: { user: { select: { email: true } } } }>;

/** What every query for tokens that are to be shown includes. */
export const TOKEN_INCLUDE = { user: { select: { email: true } } } as const;

/** Whether the caller may end a token: their own, and as an owner or admin others'; but no admin ends an owner's. */
export function mayRevokeToken(
  { userId, role }: Principal,
  token: { userId: string; ownerRole: Role | null },
): boolean {
  if (token.userId === userId || role === "owner") return true;
  return role === "admin" && token.ownerRole !== "owner";
}

/** The roles that the owners of tokens have now; null for those who are no members any more. */
export async function rolesOf(
  db: MetadataReader,
  { namespace }: Principal,
  userIds: readonly string[],
): Promise<Map<string, Role>> {
  const rows = await db.membership.findMany({ where: { namespaceId: namespace.id, userId: { in: [...userIds] } } });
  return new Map(rows.flatMap(({ userId, role }) => (isRole(role) ? [[userId, role] as const] : [])));
}

/** Tokens as routes and pages show them, in the order given: with what of them counts now, and never with a hash. */
export async function toTokenViews(db: MetadataReader, principal: Principal, rows: TokenRow[]): Promise<TokenView[]> {
  const roles = await rolesOf(
    db,
    principal,
    rows.map(({ userId }) => userId),
  );
  const names = await namesOf(db, principal, rows);
  return rows.map((row) => toView(row, principal, roles.get(row.userId) ?? null, names));
}

async function namesOf(db: MetadataReader, { namespace }: Principal, rows: TokenRow[]): Promise<Map<string, string>> {
  const ids = rows.flatMap((row) => {
    const scope = readDatabaseScope(row.databases);
    return scope === "all" ? [] : scope;
  });
  if (ids.length === 0) return new Map();
  const found = await db.database.findMany({
    where: { namespaceId: namespace.id, id: { in: ids }, purgedAtMs: null },
    select: { id: true, name: true },
  });
  return new Map(found.map(({ id, name }) => [id, name]));
}

function toView(row: TokenRow, principal: Principal, role: Role | null, names: Map<string, string>): TokenView {
  const actions = readScopes(row.scopes);
  const databases = readDatabaseScope(row.databases);
  const given = actions === "all" ? ALL_ACTIONS : actions;
  const rate = row.ratePerMinute ?? DEFAULT_RATE_PER_MINUTE;
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    owner: { userId: row.userId, email: row.user.email, role },
    actions,
    actionsNow: role === null ? [] : given.filter((action) => roleMay(role, action) && fits(action, databases)),
    databases: databases === "all" ? "all" : databases.map((id) => ({ id, name: names.get(id) ?? null })),
    ratePerMinute: rate === 0 ? null : rate,
    createdAtMs: toNumber(row.createdAtMs),
    expiresAtMs: toNumber(row.expiresAtMs),
    lastUsedMs: toNumber(row.lastUsedMs),
    lastAddress: row.lastAddress,
    revokedAtMs: toNumber(row.revokedAtMs),
    revokedBy: row.revokedBy,
    state: stateOf(row, role),
    mayRevoke: row.revokedAtMs === null && mayRevokeToken(principal, { userId: row.userId, ownerRole: role }),
  };
}

function fits(action: (typeof ALL_ACTIONS)[number], databases: DatabaseScope): boolean {
  return databases === "all" || !isNamespaceWide(action);
}

function stateOf(row: TokenRow, role: Role | null): TokenView["state"] {
  if (row.revokedAtMs !== null) return "revoked";
  if (row.expiresAtMs !== null && row.expiresAtMs <= nowMs()) return "expired";
  return role === null ? "ownerless" : "active";
}
