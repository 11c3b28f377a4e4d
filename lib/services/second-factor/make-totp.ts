import { randomBytes } from "node:crypto";
import { Secret, TOTP } from "otpauth";

const ISSUER = "Lastgood";
const STEP_MS = 30_000;

/** A new secret of 160 bits, as RFC 4226 recommends. */
export function makeTotpSecret(): Buffer {
  return randomBytes(20);
}

/** The second factor as every authenticator app knows it: six digits, SHA-1, a new code every 30 s. */
export function makeTotp(secret: Uint8Array, email: string): TOTP {
  const buffer = Uint8Array.from(secret).buffer;
  return new TOTP({
    issuer: ISSUER,
    label: email,
    algorithm: "SHA1",
    digits: 6,
    period: 30,
    secret: new Secret({ buffer }),
  });
}

/** The 30 s step that a code belongs to, if it is the current one or a neighbour of it; else null. */
export function stepOfCode(secret: Uint8Array, code: string, atMs: number): bigint | null {
  const delta = makeTotp(secret, "").validate({ token: code, timestamp: atMs, window: 1 });
  return delta === null ? null : BigInt(Math.floor(atMs / STEP_MS) + delta);
}
