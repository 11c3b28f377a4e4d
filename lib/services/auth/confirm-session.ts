import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findAccount, performOwn } from "../perform-own.ts";
import { spendCode } from "../second-factor/spend-code.ts";
import { checkPassword } from "./hash-password.ts";
import { admitGuess, type Guess, recordSuccess } from "./limit-sign-ins.ts";

export type Confirmation = { password: string } | { code: string };

/**
 * Takes what `requireConfirmed` asks for: the password, or a code where the account has a second factor. The session
 * counts as confirmed for ten minutes from then on. Throws `confirmation_mismatch`, `rate_limited`.
 */
export async function confirmSession(ctx: CallContext, given: Confirmation): Promise<void> {
  const { id, email, passwordHash, hasSecondFactor, sessionId } = await findAccount(metadata(), ctx);
  const wantsCode = "code" in given;
  if (wantsCode !== hasSecondFactor) throw wrongFactor(hasSecondFactor);
  const place = { kind: "session", id: sessionId } as const;
  const guess: Guess = { account: email, what: wantsCode ? "code" : "password", place };
  const attemptId = await admitGuess(guess);
  const isPassword = !wantsCode && (await checkPassword(given.password, passwordHash));
  await performOwn(ctx, "session.confirm", async ({ db, account, note }) => {
    note({ kind: "session", id: account.sessionId }, { with: wantsCode ? "code" : "password" });
    // What the account was when it was looked at is what was checked: a password changed meanwhile does not count.
    const isRight = wantsCode
      ? await spendCode(db, id, given.code)
      : isPassword && account.passwordHash === passwordHash;
    if (!isRight || account.hasSecondFactor !== hasSecondFactor) throw mismatch(hasSecondFactor);
    await db.session.update({ where: { id: account.sessionId }, data: { confirmedAtMs: nowMs() } });
  });
  await recordSuccess(attemptId, guess);
}

function mismatch(isCode: boolean): LastgoodError {
  if (isCode) {
    return new LastgoodError("confirmation_mismatch", "This code is wrong, or was used already.", {
      field: "code",
      hint: "Wait for the next code of your authenticator app, or use a recovery code.",
    });
  }
  return new LastgoodError("confirmation_mismatch", "The password is wrong.", {
    field: "password",
    hint: "Check it and try again.",
  });
}

function wrongFactor(hasSecondFactor: boolean): LastgoodError {
  return new LastgoodError(
    "confirmation_needed",
    hasSecondFactor ? "Your account has a second factor: a code is needed." : "Your account has no second factor.",
    {
      hint: hasSecondFactor ? "Give a code instead." : "Give your password.",
      factor: hasSecondFactor ? "code" : "password",
    },
  );
}
