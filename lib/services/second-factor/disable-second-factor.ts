import { metadata } from "../../db/client.ts";
import { checkOwnPassword, wrongCode, wrongPassword } from "../auth/check-own-password.ts";
import { admitGuess, type Guess, recordSuccess } from "../auth/limit-sign-ins.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { findAccount, performOwn } from "../perform-own.ts";
import { replaceRecoveryCodes } from "./recovery-codes.ts";
import { spendCode } from "./spend-code.ts";

/** Turns the second factor off, with password and code both: whoever has one of them must not get rid of the other. */
export async function disableSecondFactor(
  ctx: CallContext,
  { password, code }: { password: string; code: string },
): Promise<void> {
  const seen = await findAccount(metadata(), ctx);
  const isRight = await checkOwnPassword(seen, password);
  const guess: Guess = { account: seen.email, what: "code", place: { kind: "session", id: seen.sessionId } };
  const attemptId = await admitGuess(guess);
  await performOwn(ctx, "second-factor.disable", async ({ db, account }) => {
    if (!isRight || account.passwordHash !== seen.passwordHash) throw wrongPassword();
    if ((await spendCode(db, account.id, code)) === null) throw wrongCode();
    await db.user.update({
      where: { id: account.id },
      data: { totpSealed: null, totpSinceMs: null, totpLastStep: null },
    });
    await db.recoveryCode.deleteMany({ where: { userId: account.id } });
  });
  await recordSuccess(attemptId, guess);
}

/** Ten new recovery codes in place of the earlier ones, told this once. */
export function renewRecoveryCodes(ctx: CallContext): Promise<{ recoveryCodes: string[] }> {
  return performOwn(ctx, "second-factor.renew-codes", async ({ db, account }) => {
    await requireConfirmed(ctx, db);
    if (!account.hasSecondFactor) throw wrongCode();
    return { recoveryCodes: await replaceRecoveryCodes(db, account.id) };
  });
}
