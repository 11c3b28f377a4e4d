import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { wrongCode } from "../auth/check-own-password.ts";
import { admitGuess, type Guess, recordSuccess } from "../auth/limit-sign-ins.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { findAccount, performOwn } from "../perform-own.ts";
import { stepOfCode } from "./make-totp.ts";
import { replaceRecoveryCodes } from "./recovery-codes.ts";
import { openTotpSecret } from "./seal-totp-secret.ts";

/**
 * Turns the offered second factor on, with a first code as proof that the app has it. From then on signing in and
 * confirming ask for codes.
 * @returns the recovery codes; they are told this once
 */
export async function enableSecondFactor(ctx: CallContext, code: string): Promise<{ recoveryCodes: string[] }> {
  const { email, sessionId } = await findAccount(metadata(), ctx);
  const guess: Guess = { account: email, what: "code", place: { kind: "session", id: sessionId } };
  const attemptId = await admitGuess(guess);
  const enabled = await performOwn(ctx, "second-factor.enable", async ({ db, account }) => {
    await requireConfirmed(ctx, db);
    const user = await db.user.findUniqueOrThrow({ where: { id: account.id } });
    const secret = user.totpSealed === null ? null : openTotpSecret(user.id, user.totpSealed);
    if (secret === null || user.totpSinceMs !== null) {
      throw new LastgoodError("conflict", "No second factor waits for its first code.", {
        hint: "Begin its set-up anew.",
      });
    }
    const step = stepOfCode(secret, code.replaceAll(/\s/g, ""), Number(nowMs()));
    if (step === null) throw wrongCode();
    await db.user.update({ where: { id: user.id }, data: { totpSinceMs: nowMs(), totpLastStep: step } });
    await db.session.update({ where: { id: account.sessionId }, data: { confirmedAtMs: nowMs() } });
    return { recoveryCodes: await replaceRecoveryCodes(db, user.id) };
  });
  await recordSuccess(attemptId, guess);
  return enabled;
}
