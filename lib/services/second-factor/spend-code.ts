import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { stepOfCode } from "./make-totp.ts";
import { hashRecoveryCode, normaliseCode } from "./recovery-codes.ts";
import { openTotpSecret } from "./seal-totp-secret.ts";

/**
 * Takes a code of a user's second factor: one of the authenticator app, or a recovery code. Either counts once, also for
 * calls at the same time. A secret that cannot be opened any more matches nothing; recovery codes still count then.
 * @returns which of the two it was, or null when it is neither
 */
export async function spendCode(
  tx: MetadataTransaction,
  userId: string,
  text: string,
): Promise<"code" | "recovery code" | null> {
  const code = normaliseCode(text);
  return /^\d{6}$/.test(code) ? spendTotp(tx, userId, code) : spendRecoveryCode(tx, userId, code);
}

async function spendTotp(tx: MetadataTransaction, userId: string, code: string): Promise<"code" | null> {
  const user = await tx.user.findUnique({ where: { id: userId }, select: { totpSealed: true, totpSinceMs: true } });
  if (!user?.totpSealed || user.totpSinceMs === null) return null;
  const secret = openTotpSecret(userId, user.totpSealed);
  const step = secret && stepOfCode(secret, code, Number(nowMs()));
  if (step === null) return null;
  const { count } = await tx.user.updateMany({
    where: { id: userId, totpSealed: user.totpSealed, OR: [{ totpLastStep: null }, { totpLastStep: { lt: step } }] },
    data: { totpLastStep: step },
  });
  return count === 1 ? "code" : null;
}

async function spendRecoveryCode(
  tx: MetadataTransaction,
  userId: string,
  code: string,
): Promise<"recovery code" | null> {
  const { count } = await tx.recoveryCode.updateMany({
    where: { userId, hash: hashRecoveryCode(userId, code), usedAtMs: null, user: { totpSinceMs: { not: null } } },
    data: { usedAtMs: nowMs() },
  });
  return count === 1 ? "recovery code" : null;
}
