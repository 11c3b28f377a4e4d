import { timingSafeEqual } from "node:crypto";
import { type MetadataReader, type MetadataTransaction, metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { hashToken, makeToken } from "./hash-token.ts";

const SETUP_TOKEN = "setup-token-hash";

/** Makes the one-time token of the set-up page; an earlier one is void. */
export async function makeSetupToken(tx: MetadataTransaction): Promise<string> {
  const token = makeToken("lgs_");
  const value = hashToken(token);
  await tx.setting.upsert({ where: { key: SETUP_TOKEN }, create: { key: SETUP_TOKEN, value }, update: { value } });
  return token;
}

/** Refuses what is not the set-up token of an installation that nobody has set up yet: `forbidden`. */
export async function requireSetupToken(db: MetadataReader, token: string): Promise<void> {
  const [setting, users] = [await db.setting.findUnique({ where: { key: SETUP_TOKEN } }), await db.user.count()];
  const given = Buffer.from(hashToken(token), "hex");
  const matches = setting !== null && timingSafeEqual(given, Buffer.from(setting.value, "hex"));
  if (matches && users === 0) return;
  throw new LastgoodError("forbidden", "This set-up link is not valid, or no longer.", {
    hint: "Use the link that the latest start printed, or sign in if somebody has set Lastgood up already.",
  });
}

/** Spends the token: within the transaction that creates the first owner. */
export async function spendSetupToken(tx: MetadataTransaction): Promise<void> {
  await tx.setting.deleteMany({ where: { key: SETUP_TOKEN } });
}

/** Whether nobody has set this installation up yet. */
export async function isSetupOpen(): Promise<boolean> {
  return (await metadata().user.count()) === 0;
}

/** Whether a set-up link's token is the right one, for the page that shows the form. */
export async function isSetupTokenValid(token: string): Promise<boolean> {
  try {
    await requireSetupToken(metadata(), token);
    return true;
  } catch (error) {
    if (error instanceof LastgoodError) return false;
    throw error;
  }
}
