import { Secret, TOTP } from "otpauth";

/** What an authenticator app shows at a time, for a key as it is typed into it. */
export function oneTimeCode(base32: string, atMs = Date.now()): string {
  return new TOTP({ secret: Secret.fromBase32(base32.replaceAll(/\s/g, "")), digits: 6, period: 30 }).generate({
    timestamp: atMs,
  });
}
