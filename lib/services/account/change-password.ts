import { metadata } from "../../db/client.ts";
import { checkOwnPassword, wrongPassword } from "../auth/check-own-password.ts";
import { createSession, type SessionClaims } from "../auth/create-session.ts";
import { hashPassword } from "../auth/hash-password.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { findAccount, performOwn } from "../perform-own.ts";

/**
 * Gives the account a new password. Every session ends with it, also the one that asks: the answer is a new one for this
 * browser. Throws `confirmation_mismatch` when the present password is wrong.
 * @param input `next` as `passwordSchema` made it
 */
export async function changePassword(
  ctx: CallContext,
  { present, next }: { present: string; next: string },
): Promise<SessionClaims> {
  await requireConfirmed(ctx);
  const seen = await findAccount(metadata(), ctx);
  const isRight = await checkOwnPassword(seen, present);
  const passwordHash = await hashPassword(next);
  return performOwn(ctx, "account.change-password", async ({ db, account, note }) => {
    if (!isRight || account.passwordHash !== seen.passwordHash) throw wrongPassword("present");
    const user = await db.user.update({
      where: { id: account.id },
      data: { passwordHash, sessionVersion: { increment: 1 } },
    });
    const { count: endedSessions } = await db.session.deleteMany({ where: { userId: account.id } });
    note(null, { endedSessions });
    return createSession(db, user, ctx.origin);
  });
}
