import type { MemberView } from "../../client/member-types.ts";
import { sortMembers } from "../../client/sort-rows.ts";
import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import { isRole, roleMay } from "../../domain/actions.ts";
import { readEveryPage } from "../../domain/read-every-page.ts";
import type { CallContext } from "../call-context.ts";
import type { Principal } from "../find-principal.ts";
import { A_PAGE, OLDEST_MEMBER_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";

/** All members of a namespace by e-mail. */
export async function listMembers(ctx: CallContext, of: { namespace: string }): Promise<MemberView[]> {
  const pages = await readEveryPage((after) => pageMembers(ctx, { ...of, after }));
  return sortMembers(pages.flatMap(({ members }) => members));
}

/**
 * A page of a namespace's members, the longest there first; `next` is what `after` takes for the one after it. How well an
 * account is guarded is told to those alone who may change members.
 */
export function pageMembers(
  ctx: CallContext,
  { namespace, after, limit = A_PAGE }: { namespace: string } & PageInput,
): Promise<{ members: MemberView[]; next: string | null }> {
  return perform(ctx, "member.list", { namespace }, async ({ db, principal }) => {
    const page = openPage(["members", principal.namespace.id], { after, limit }, OLDEST_MEMBER_FIRST);
    const found = await db.membership.findMany({
      where: { namespaceId: principal.namespace.id, AND: [page.behind] },
      include: { user: { select: { email: true, totpSinceMs: true, sessions: { select: { lastSeenMs: true } } } } },
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    const mayChange = roleMay(principal.role, "member.change-role");
    const readOnly = await findWithdrawals(db, principal);
    const signedIn = mayChange
      ? await findSignIns(
          db,
          rows.map(({ user }) => user.email),
        )
      : new Map<string, number>();
    const members = rows.flatMap(({ userId, role, createdAtMs, user }): MemberView[] => {
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
    return { members, next };
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
