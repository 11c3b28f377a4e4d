import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { CallOrigin } from "../../domain/actor.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { emailSchema } from "../../domain/names.ts";
import { type AuditOutcome, writeAuditEntry } from "../audit/write-audit-entry.ts";
import { spendCode } from "../second-factor/spend-code.ts";
import { transact } from "../transact.ts";
import { createSession, type SessionClaims } from "./create-session.ts";
import { checkPassword } from "./hash-password.ts";
import { admitGuess, forgetGuess, type Guess, type Place, recordSuccess } from "./limit-sign-ins.ts";

const MAX_PASSWORD = 200;
const CHALLENGE_MS = 5 * 60_000;

/** A browser that can prove that an account signed in with it before. */
export type KnownDevice = { account: string; id: string };

/** The password was right; what is missing is a code. Worth nothing by itself, and only for a few minutes. */
export type CodeChallenge = { userId: string; sessionVersion: number; expiresAtMs: number };

export type SignInStep = { signedIn: true; claims: SessionClaims } | { signedIn: false; challenge: CodeChallenge };

/**
 * Signs a user in with e-mail and password and begins a session; where the account has a second factor there is none yet,
 * and `verifyCode` goes on. Unknown users cost the same time as wrong passwords and get the same answer. Throws
 * `unauthenticated` or `rate_limited`.
 */
export async function verifyCredentials(
  origin: CallOrigin,
  credentials: { email: string; password: string },
  device: KnownDevice | null = null,
): Promise<SignInStep> {
  const parsed = emailSchema.safeParse(credentials.email);
  const account = parsed.success ? parsed.data : "";
  const guess: Guess = { account, what: "password", place: placeOf(origin, account, device) };
  const attemptId = await admitGuess(guess);
  const user = parsed.success ? await metadata().user.findUnique({ where: { email: account } }) : null;
  const matches = await checkPassword(credentials.password.slice(0, MAX_PASSWORD + 1), user?.passwordHash ?? null);
  if (!user || !matches) {
    await auditSignIn(origin, { userId: user?.id ?? null, account, outcome: "denied", with: "password" });
    throw new LastgoodError("unauthenticated", "E-mail or password is wrong.", { hint: "Check both and try again." });
  }
  const { id, sessionVersion } = user;
  if (user.totpSinceMs !== null) {
    // Not a success: the place becomes a known one only with the second factor.
    await forgetGuess(attemptId);
    await auditSignIn(origin, { userId: id, account, outcome: "done", with: "password" }, "session.ask-code");
    return { signedIn: false, challenge: { userId: id, sessionVersion, expiresAtMs: Number(nowMs()) + CHALLENGE_MS } };
  }
  await recordSuccess(attemptId, guess);
  const claims = await transact(async (tx) => {
    // Read again: a second factor or a new password since the hash was compared must not be passed by.
    const still = await tx.user.findUnique({ where: { id } });
    if (still?.passwordHash !== user.passwordHash || still.totpSinceMs !== null) throw signInAgain();
    return createSession(tx, still, origin);
  });
  await auditSignIn(origin, { userId: id, account, outcome: "done", with: "password" });
  return { signedIn: true, claims };
}

/**
 * The second step: a code of the authenticator app or a recovery code, each of which counts once. Throws
 * `unauthenticated` when the first step is too long ago, `confirmation_mismatch` for a wrong code, `rate_limited`.
 */
export async function verifyCode(
  origin: CallOrigin,
  challenge: CodeChallenge,
  code: string,
  device: KnownDevice | null = null,
): Promise<SessionClaims> {
  const user = await metadata().user.findUnique({ where: { id: challenge.userId } });
  const isOpen = user && user.sessionVersion === challenge.sessionVersion && challenge.expiresAtMs > Date.now();
  if (!isOpen || user.totpSinceMs === null) throw signInAgain();
  const guess: Guess = { account: user.email, what: "code", place: placeOf(origin, user.email, device) };
  const attemptId = await admitGuess(guess);
  const entry = { userId: user.id, account: user.email };
  const signedIn = await transact(async (tx) => {
    const still = await tx.user.findUnique({ where: { id: user.id } });
    if (still?.sessionVersion !== challenge.sessionVersion || still.totpSinceMs === null) throw signInAgain();
    const used = await spendCode(tx, user.id, code);
    return used && { used, claims: await createSession(tx, still, origin) };
  });
  if (!signedIn) {
    await auditSignIn(origin, { ...entry, outcome: "denied", with: "code" });
    throw new LastgoodError("confirmation_mismatch", "This code is wrong, or was used already.", {
      field: "code",
      hint: "Wait for the next code of your authenticator app, or use a recovery code.",
    });
  }
  await recordSuccess(attemptId, guess);
  await auditSignIn(origin, { ...entry, outcome: "done", with: signedIn.used });
  return signedIn.claims;
}

function placeOf(origin: CallOrigin, account: string, device: KnownDevice | null): Place {
  if (device?.account === account) return { kind: "device", id: device.id };
  return { kind: "address", address: origin.address };
}

function signInAgain(): LastgoodError {
  return new LastgoodError("unauthenticated", "Signing in took too long, or your account changed meanwhile.", {
    hint: "Begin again with your password.",
  });
}

type SignInEntry = {
  userId: string | null;
  account: string;
  outcome: AuditOutcome;
  with: string;
};

async function auditSignIn(
  origin: CallOrigin,
  { userId, account, outcome, ...detail }: SignInEntry,
  action: "session.create" | "session.ask-code" = "session.create",
): Promise<void> {
  await transact((tx) =>
    writeAuditEntry(
      tx,
      { actor: { kind: "system" }, origin },
      {
        action,
        outcome,
        namespaceId: null,
        actorName: account.slice(0, 254),
        target: userId === null ? null : { kind: "user", id: userId },
        detail,
      },
    ),
  );
}
