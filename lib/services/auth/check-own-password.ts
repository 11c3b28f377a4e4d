import { LastgoodError } from "../../domain/errors.ts";
import type { Account } from "../perform-own.ts";
import { checkPassword } from "./hash-password.ts";
import { admitGuess, type Guess, recordSuccess } from "./limit-sign-ins.ts";

/** Whether a signed-in person knows the password; guesses are limited per session. Throws `rate_limited`. */
export async function checkOwnPassword(
  { email, sessionId, passwordHash }: Account,
  password: string,
): Promise<boolean> {
  const guess: Guess = { account: email, what: "password", place: { kind: "session", id: sessionId } };
  const attemptId = await admitGuess(guess);
  const isRight = await checkPassword(password, passwordHash);
  if (isRight) await recordSuccess(attemptId, guess);
  return isRight;
}

export function wrongPassword(field = "password"): LastgoodError {
  return new LastgoodError("confirmation_mismatch", "The password is wrong.", {
    field,
    hint: "Check it and try again.",
  });
}

export function wrongCode(): LastgoodError {
  return new LastgoodError("confirmation_mismatch", "This code is wrong, or was used already.", {
    field: "code",
    hint: "Wait for the next code of your authenticator app, or use a recovery code.",
  });
}
