import { decode, encode } from "next-auth/jwt";
import { readEnv } from "../env.ts";
import { SESSION_DAYS, type SessionClaims } from "../services/auth/create-session.ts";
import { loadSecret } from "../services/load-secret.ts";

export const SESSION_SECONDS = SESSION_DAYS * 86_400;

/** The cookie's name and attributes; over https it is bound to this host and never sent in the clear. */
export function sessionCookie() {
  const secure = readEnv().publicUrl.startsWith("https:");
  return {
    name: secure ? "__Host-lastgood.session" : "lastgood.session",
    options: { httpOnly: true, sameSite: "lax", path: "/", secure } as const,
  };
}

/** Encrypts a session for its cookie, in the form next-auth reads. */
export function sealSession(claims: SessionClaims): Promise<string> {
  const { userId, email, sessionId, sessionVersion } = claims;
  const token = { sub: userId, email, sessionId, sessionVersion };
  return encode({ token, secret: loadSecret(readEnv()), maxAge: SESSION_SECONDS });
}

/** What next-auth keeps in its token, or null when it is none of ours. */
export function toClaims(token: Record<string, unknown> | null): SessionClaims | null {
  if (token === null) return null;
  const { sub, email, sessionId, sessionVersion } = token;
  if (typeof sub !== "string" || typeof email !== "string") return null;
  if (typeof sessionId !== "string" || typeof sessionVersion !== "number") return null;
  return { userId: sub, email, sessionId, sessionVersion };
}

/** Opens a cookie's value; null for anything that was not sealed with our secret, or expired. */
export async function openSession(sealed: string): Promise<SessionClaims | null> {
  try {
    return toClaims(await decode({ token: sealed, secret: loadSecret(readEnv()) }));
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}
