import { createHmac, randomBytes } from "node:crypto";
import { LastgoodError } from "../domain/errors.ts";
import type { Env } from "../env.ts";
import { keepOnce } from "./keep-once.ts";
import { transact } from "./transact.ts";

const MIN_LENGTH = 32;
const FINGERPRINT = "secret-fingerprint";

/**
 * The secret that session cookies are encrypted with: LASTGOOD_SECRET, or `<data>/secret`, which the first start makes
 * (256 random bits, 0600). There is no built-in one.
 */
export function loadSecret(env: Env): string {
  if (env.secret !== null) return env.secret;
  const file = env.paths.secret;
  const secret = keepOnce(file, () => randomBytes(32).toString("base64url"));
  if (secret.length < MIN_LENGTH) {
    throw new LastgoodError("internal", "The secret in the data directory is damaged.", {
      hint: `Remove ${file} and start again; everybody then signs in anew.`,
    });
  }
  return secret;
}

/**
 * Consoles on one store must have one secret, or each would refuse the other's sessions: of the first one a fingerprint
 * is kept there. Another one is refused, unless the environment gives it on purpose: then it counts from now on.
 * @returns a warning where the secret was changed
 */
export async function requireSameSecret(env: Env): Promise<string[]> {
  if (env.metadata.provider === "sqlite") return [];
  const value = createHmac("sha256", loadSecret(env)).update("fingerprint of Lastgood's secret").digest("hex");
  return transact(async (tx) => {
    const known = await tx.setting.findUnique({ where: { key: FINGERPRINT } });
    if (known?.value === value) return [];
    if (known && env.secret === null) {
      throw new LastgoodError("conflict", "The other consoles of this metadata store have another secret.", {
        hint: "Give all of them the same LASTGOOD_SECRET; the first one's is in the file secret of its data directory.",
      });
    }
    await tx.setting.upsert({ where: { key: FINGERPRINT }, create: { key: FINGERPRINT, value }, update: { value } });
    return known
      ? ["LASTGOOD_SECRET is not what it was: everybody signs in anew, and other consoles need the same one."]
      : [];
  });
}
