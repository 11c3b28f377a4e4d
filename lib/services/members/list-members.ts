import type { MemberView } from "../../client/member-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import { isRole, roleMay } from "../../domain/actions.ts";
import type { CallContext } from "../call-context.ts";
import type { Principal } from "../find-principal.ts";
import { perform } from "../perform.ts";

/** A namespace's members by e-mail. How well an account is guarded is told to those alone who may change members. */
export function listMembers(ctx: CallContext, { namespace }: { namespace: string }): Promise<MemberView[]> {
  return perform(ctx, "member.list", { namespace }, async ({ db, principal }) => {
    const rows = await db.membership.findMany({
      where: { namespaceId: principal.namespace.id },
      include: { user: { select: { email: true, totpSinceMs: true, sessions: { select: { lastSeenMs: true } } } } },
      orderBy: { user: { email: "asc" } },
    });
    const mayChange = roleMay(principal.role, "member.change-role");
    const readOnly = await findWithdrawals(db, principal);
    const signedIn = mayChange
      ? await findSignIns(
          db,
          rows.map(({ user }) => user.email),
        )
      : new Map<string, number>();
    return rows.flatMap(({ userId, role, createdAtMs, user }) => {
      if (!isRole(role)) return [];
      const seen = [...user.sessions.map(({ lastSeenMs }) => toNumber(lastSeenMs)), signedIn.get(user.email) ?? null];
      const lastSeenMs = Math.max(...seen.map((timeMs) => timeMs ?? 0));
      return [
        {
          userId,
          email: user.email,
          role,
          sinceMs: Number(createdAtMs),
          isYou: userId === principal.userId,
          secondFactor: mayChange ? user.totpSinceMs !== null : null,
          lastSeenMs: mayChange && lastSeenMs > 0 ? lastSeenMs : null,
          readOnly: role === "member" ? (readOnly.get(userId) ?? []) : [],
        },
      ];
    });
  });
}

/** Sessions end; the last time somebody signed in is still known. */
async function findSignIns(db: MetadataReader, emails: string[]): Promise<Map<string, number>> {
  const rows = await db.signInAttempt.groupBy({
    by: ["account"],
    where: { account: { in: emails }, ok: true },
    _max: { timeMs: true },
  });
  return new Map(rows.map(({ account, _max }) => [account, Number(_max.timeMs ?? 0n)]));
}

async function findWithdrawals(db: MetadataReader, { namespace, databases }: Principal) {
  const rows = await db.writeWithdrawal.findMany({
    where: {
      database: {
        namespaceId: namespace.id,
        deletedAtMs: null,
        ...(databases !== "all" && { id: { in: [...databases] } }),
      },
    },
    include: { database: { select: { name: true } } },
    orderBy: { database: { name: "asc" } },
  });
  const byUser = new Map<string, MemberView["readOnly"]>();
  for (const { userId, databaseId, database } of rows) {
    byUser.set(userId, [...(byUser.get(userId) ?? []), { databaseId, name: database.name }]);
  }
  return byUser;
}
