import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { readEnv } from "../../env.ts";
import { loadSecret } from "../load-secret.ts";

/** First byte, nonce of 12, tag of 16, then the encrypted secret; base64url. The user's id is authenticated along with it. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function key(): Buffer {
  return Buffer.from(hkdfSync("sha256", loadSecret(readEnv()), "", "lastgood: secrets of second factors", 32));
}

/** Encrypts a second factor's secret for its row (AES-256-GCM under the installation's secret), bound to its user. */
export function sealTotpSecret(userId: string, secret: Uint8Array): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key(), nonce).setAAD(Buffer.from(userId));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  return Buffer.concat([Uint8Array.of(VERSION), nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** The secret again; null where it was sealed for somebody else, changed, or under another installation's secret. */
export function openTotpSecret(userId: string, text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64url");
  if (bytes[0] !== VERSION || bytes.length <= 1 + NONCE_BYTES + TAG_BYTES) return null;
  const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
  const tag = bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key(), nonce, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(userId))
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}
