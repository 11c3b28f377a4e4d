import { randomBytes } from "node:crypto";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { emailSchema } from "../../domain/names.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import { hashPassword } from "../auth/hash-password.ts";
import { systemContext } from "../call-context.ts";
import { transact } from "../transact.ts";

/**
 * For somebody who lost password or second factor, by whoever has the machine: a new password of 120 random bits, no second
 * factor, no session left. Roles and API tokens stay. Throws `not_found`.
 * @returns the password; it is told this once
 */
export async function resetAccount(given: string): Promise<{ email: string; password: string }> {
  const parsed = emailSchema.safeParse(given);
  if (!parsed.success) throw noAccount(given.slice(0, 254));
  const email = parsed.data;
  const password = randomBytes(15).toString("base64url");
  if ((await metadata().user.count({ where: { email } })) === 0) throw noAccount(email);
  const passwordHash = await hashPassword(password);
  await transact(async (tx) => {
    const user = await tx.user.findUnique({ where: { email } });
    if (!user) throw noAccount(email);
    const { count: endedSessions } = await tx.session.deleteMany({ where: { userId: user.id } });
    await tx.recoveryCode.deleteMany({ where: { userId: user.id } });
    await tx.signInAttempt.deleteMany({ where: { account: { in: [email, `${email} code`] }, ok: false } });
    await tx.user.update({
      where: { id: user.id },
      data: {
        passwordHash,
        sessionVersion: { increment: 1 },
        totpSealed: null,
        totpSinceMs: null,
        totpLastStep: null,
      },
    });
    await writeAuditEntry(tx, systemContext("account-reset"), {
      action: "account.reset",
      outcome: "done",
      namespaceId: null,
      actorName: "the command line",
      target: { kind: "user", id: user.id },
      detail: { email, endedSessions, hadSecondFactor: user.totpSinceMs !== null },
    });
  });
  return { email, password };
}

function noAccount(email: string): LastgoodError {
  return new LastgoodError("not_found", `There is no account ${email}.`, { hint: "Check the address." });
}
