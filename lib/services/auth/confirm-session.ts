import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findAccount, performOwn } from "../perform-own.ts";
import { spendCode } from "../second-factor/spend-code.ts";
import { checkOwnPassword, wrongCode, wrongPassword } from "./check-own-password.ts";
import { admitGuess, type Guess, recordSuccess } from "./limit-sign-ins.ts";

export type Confirmation = { password: string } | { code: string };

/**
 * Takes what `requireConfirmed` asks for: the password, or a code where the account has a second factor. The session
 * counts as confirmed for ten minutes from then on. Throws `confirmation_mismatch`, `rate_limited`.
 */
export async function confirmSession(ctx: CallContext, given: Confirmation): Promise<void> {
  const { hasSecondFactor } = await findAccount(metadata(), ctx);
  if ("code" in given !== hasSecondFactor) throw wrongFactor(hasSecondFactor);
  if ("code" in given) await confirmByCode(ctx, given.code);
  else await confirmByPassword(ctx, given.password);
}

async function confirmByPassword(ctx: CallContext, password: string): Promise<void> {
  const seen = await findAccount(metadata(), ctx);
  const isRight = await checkOwnPassword(seen, password);
  await performOwn(ctx, "session.confirm", async ({ db, account, note }) => {
    note({ kind: "session", id: account.sessionId }, { with: "password" });
    // What was checked is the account as it was: a password or second factor set meanwhile is not passed by.
    if (!isRight || account.passwordHash !== seen.passwordHash) throw wrongPassword();
    if (account.hasSecondFactor) throw wrongFactor(true);
    await db.session.update({ where: { id: account.sessionId }, data: { confirmedAtMs: nowMs() } });
  });
}

async function confirmByCode(ctx: CallContext, code: string): Promise<void> {
  const { email, sessionId } = await findAccount(metadata(), ctx);
  const guess: Guess = { account: email, what: "code", place: { kind: "session", id: sessionId } };
  const attemptId = await admitGuess(guess);
  await performOwn(ctx, "session.confirm", async ({ db, account, note }) => {
    const used = await spendCode(db, account.id, code);
    note({ kind: "session", id: account.sessionId }, { with: used ?? "code" });
    if (used === null) throw wrongCode();
    await db.session.update({ where: { id: account.sessionId }, data: { confirmedAtMs: nowMs() } });
  });
  await recordSuccess(attemptId, guess);
}

function wrongFactor(hasSecondFactor: boolean): LastgoodError {
  const [factor, message, hint] = hasSecondFactor
    ? (["code", "Your account has a second factor: a code is needed.", "Give a code instead."] as const)
    : (["password", "Your account has no second factor.", "Give your password."] as const);
  return new LastgoodError("confirmation_needed", message, { hint, factor });
}
