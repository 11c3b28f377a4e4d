import { metadata } from "../../db/client.ts";
import type { CallOrigin } from "../../domain/actor.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { emailSchema } from "../../domain/names.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import { transact } from "../transact.ts";
import { createSession, type SessionClaims } from "./create-session.ts";
import { checkPassword } from "./hash-password.ts";
import { admitSignIn, recordSuccess } from "./limit-sign-ins.ts";

const MAX_PASSWORD = 200;

/**
 * Signs a user in with e-mail and password and begins a session. Unknown users cost the same time as wrong passwords and
 * get the same answer. Throws `unauthenticated` or `rate_limited`.
 */
export async function verifyCredentials(
  origin: CallOrigin,
  credentials: { email: string; password: string },
): Promise<SessionClaims> {
  const parsed = emailSchema.safeParse(credentials.email);
  const account = parsed.success ? parsed.data : "";
  const place = { account, address: origin.address ?? "unknown" };
  const attemptId = await admitSignIn(place);
  const user = parsed.success ? await metadata().user.findUnique({ where: { email: account } }) : null;
  const matches = await checkPassword(credentials.password.slice(0, MAX_PASSWORD + 1), user?.passwordHash ?? null);
  if (!user || !matches) {
    await auditSignIn(origin, user?.id ?? null, account, "denied");
    throw new LastgoodError("unauthenticated", "E-mail or password is wrong.", { hint: "Check both and try again." });
  }
  await recordSuccess(attemptId, place);
  await auditSignIn(origin, user.id, account, "done");
  return transact((tx) => createSession(tx, user));
}

async function auditSignIn(origin: CallOrigin, userId: string | null, account: string, outcome: "done" | "denied") {
  await transact((tx) =>
    writeAuditEntry(
      tx,
      { actor: { kind: "system" }, origin },
      {
        action: "session.create",
        outcome,
        namespaceId: null,
        actorName: account.slice(0, 254),
        target: userId === null ? null : { kind: "user", id: userId },
        detail: {},
      },
    ),
  );
}
