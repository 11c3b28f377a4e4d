import { decode, encode } from "next-auth/jwt";
import type { z } from "zod";
import { readEnv } from "../env.ts";
import { loadSecret } from "../services/load-secret.ts";

/**
 * Encrypts a small fact that a browser keeps for us. Each purpose has a key of its own, none of them that of sessions:
 * what was sealed for one thing opens as nothing else.
 */
export function seal(purpose: string, facts: Record<string, unknown>, maxAgeSeconds: number): Promise<string> {
  return encode({
    token: { facts },
    secret: loadSecret(readEnv()),
    salt: `lastgood: ${purpose}`,
    maxAge: maxAgeSeconds,
  });
}

/** What was sealed for this purpose; null for anything else, and once it is too old. */
export async function unseal<Schema extends z.ZodType>(
  purpose: string,
  schema: Schema,
  text: string | undefined,
): Promise<z.output<Schema> | null> {
  if (text === undefined || text === "") return null;
  try {
    const token = await decode({ token: text, secret: loadSecret(readEnv()), salt: `lastgood: ${purpose}` });
    const parsed = schema.safeParse(token?.facts);
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}
