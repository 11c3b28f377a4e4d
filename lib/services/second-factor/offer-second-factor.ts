import { create } from "qrcode";
import type { SecondFactorOffer } from "../../client/account-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { performOwn } from "../perform-own.ts";
import { makeTotp, makeTotpSecret } from "./make-totp.ts";
import { sealTotpSecret } from "./seal-totp-secret.ts";

/**
 * Makes the secret of a second factor, which counts once its first code was given. It is told this once; asking again
 * makes another one. Throws `conflict` while one counts already.
 */
export function offerSecondFactor(ctx: CallContext): Promise<SecondFactorOffer> {
  const secret = makeTotpSecret();
  return performOwn(ctx, "second-factor.begin", async ({ db, account }) => {
    if (account.hasSecondFactor) {
      throw new LastgoodError("conflict", "Your account has a second factor already.", {
        hint: "Turn it off first, then set up the new one.",
      });
    }
    await requireConfirmed(ctx, db);
    await db.user.update({
      where: { id: account.id },
      data: { totpSealed: sealTotpSecret(account.id, secret), totpSinceMs: null, totpLastStep: null },
    });
    const totp = makeTotp(secret, account.email);
    return { secret: totp.secret.base32, uri: totp.toString(), picture: drawCode(totp.toString()) };
  });
}

/** The QR code's dark modules as one path, a unit each, with the quiet zone of four around. */
function drawCode(text: string): SecondFactorOffer["picture"] {
  const { modules } = create(text, { errorCorrectionLevel: "M" });
  const quiet = 4;
  let path = "";
  for (let y = 0; y < modules.size; y++) {
    for (let x = 0; x < modules.size; x++) {
      if (modules.get(y, x)) path += `M${x + quiet} ${y + quiet}h1v1h-1z`;
    }
  }
  return { size: modules.size + 2 * quiet, path };
}
