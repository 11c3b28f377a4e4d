import "server-only";
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { endSession, type SessionClaims } from "../services/auth/create-session.ts";
import type { CallContext } from "../services/call-context.ts";
import { callOrigin, contextOfSession } from "./authenticate.ts";
import { ASKED_PAGE_HEADER, signInAddress } from "./page-after-sign-in.ts";
import { openSession, SESSION_SECONDS, sealSession, sessionCookie } from "./session-cookie.ts";

/** Who is looking at a page or calling a server action; null when nobody is signed in (any more). */
export async function currentContext(): Promise<CallContext | null> {
  const sealed = (await cookies()).get(sessionCookie().name)?.value;
  return sealed === undefined ? null : contextOfSession(sealed, callOrigin(await headers()));
}

/** The same for pages that make no sense without: sends strangers to the sign-in page, and from there back. The services still authorise. */
export async function requireContext(): Promise<CallContext> {
  const ctx = await currentContext();
  if (!ctx) redirect(signInAddress((await headers()).get(ASKED_PAGE_HEADER)));
  return ctx;
}

/** Signs the browser in with a session that was just begun. Within server actions only. */
export async function setSessionCookie(claims: SessionClaims): Promise<void> {
  const { name, options } = sessionCookie();
  (await cookies()).set(name, await sealSession(claims), { ...options, maxAge: SESSION_SECONDS });
}

/** Ends the browser's session, here and in the metadata. Within server actions only. */
export async function clearSessionCookie(): Promise<void> {
  const { name } = sessionCookie();
  const jar = await cookies();
  const sealed = jar.get(name)?.value;
  const claims = sealed === undefined ? null : await openSession(sealed);
  if (claims) await endSession(claims.sessionId);
  jar.delete(name);
}
