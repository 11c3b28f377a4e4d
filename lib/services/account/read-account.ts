import type { AccountView } from "../../client/account-types.ts";
import { nowMs, toNumber } from "../../db/epoch-ms.ts";
import type { CallContext } from "../call-context.ts";
import { performOwn } from "../perform-own.ts";

/** The caller's own account with its signed-in browsers. */
export function readAccount(ctx: CallContext): Promise<AccountView> {
  return performOwn(ctx, "account.read", async ({ db, account }) => {
    const user = await db.user.findUniqueOrThrow({
      where: { id: account.id },
      include: {
        sessions: { where: { expiresAtMs: { gt: nowMs() }, sessionVersion: account.sessionVersion } },
        _count: { select: { recoveryCodes: { where: { usedAtMs: null } } } },
      },
    });
    const sessions = user.sessions.map((session) => ({
      id: session.id,
      isThis: session.id === account.sessionId,
      address: session.address,
      userAgent: session.userAgent,
      createdAtMs: Number(session.createdAtMs),
      lastSeenMs: toNumber(session.lastSeenMs),
    }));
    sessions.sort((a, b) => Number(b.isThis) - Number(a.isThis) || (b.lastSeenMs ?? 0) - (a.lastSeenMs ?? 0));
    return {
      email: user.email,
      createdAtMs: Number(user.createdAtMs),
      secondFactorSinceMs: toNumber(user.totpSinceMs),
      recoveryCodesLeft: user.totpSinceMs === null ? 0 : user._count.recoveryCodes,
      sessions,
    };
  });
}
