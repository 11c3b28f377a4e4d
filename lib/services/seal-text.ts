import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { readEnv } from "../env.ts";
import { deriveKey } from "./derive-key.ts";
import { loadSecret } from "./load-secret.ts";

/** First byte, nonce of 12, tag of 16, then the encrypted text; base64url. `owner` is authenticated along with it. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a sealed text is: a purpose (`webhook secrets`) and the id of the row that it stands in. */
export type SealFor = { purpose: string; owner: string };

const keyFor = ({ purpose }: SealFor) => deriveKey(loadSecret(readEnv()), `lastgood: ${purpose}`);

/** Encrypts a secret for its row (AES-256-GCM under the installation's secret), bound to its purpose and row. */
export function sealText(bound: SealFor, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyFor(bound), nonce).setAAD(Buffer.from(bound.owner));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([Uint8Array.of(VERSION), nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** The text again; null where it was sealed for another row or purpose, changed, or under another installation's secret. */
export function openSealedText(bound: SealFor, sealed: string): string | null {
  const bytes = Buffer.from(sealed, "base64url");
  const head = 1 + NONCE_BYTES + TAG_BYTES;
  if (bytes[0] !== VERSION || bytes.length < head) return null;
  try {
    const decipher = createDecipheriv("aes-256-gcm", keyFor(bound), bytes.subarray(1, 1 + NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(bound.owner))
      .setAuthTag(bytes.subarray(1 + NONCE_BYTES, head));
    return Buffer.concat([decipher.update(bytes.subarray(head)), decipher.final()]).toString("utf8");
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}
