import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";

const COUNT = 10;
const ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ0123456789";
const LENGTH = 16;

/** As it was meant, however it was typed. */
export function normaliseCode(text: string): string {
  return text.replaceAll(/[\s-]/g, "").toUpperCase();
}

/** Codes hold 80 random bits, so a fast hash hides them; the user's id keeps equal ones apart. */
export function hashRecoveryCode(userId: string, code: string): string {
  return createHash("sha256")
    .update(`${userId}:${normaliseCode(code)}`)
    .digest("hex");
}

/** Ten new codes in place of all earlier ones. They are only ever in the answer; the rows hold their hashes. */
export async function replaceRecoveryCodes(tx: MetadataTransaction, userId: string): Promise<string[]> {
  const codes = Array.from({ length: COUNT }, makeCode);
  const createdAtMs = nowMs();
  await tx.recoveryCode.deleteMany({ where: { userId } });
  await tx.recoveryCode.createMany({
    data: codes.map((code) => ({ id: randomUUID(), userId, hash: hashRecoveryCode(userId, code), createdAtMs })),
  });
  return codes;
}

/** Sixteen of 32 characters that are not mistaken for one another, in four groups. */
function makeCode(): string {
  const text = Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte & 31]).join("");
  return text.match(/.{4}/g)?.join("-") ?? text;
}
