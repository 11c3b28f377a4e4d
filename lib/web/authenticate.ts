import { randomUUID } from "node:crypto";
import type { CallOrigin } from "../domain/actor.ts";
import { LastgoodError } from "../domain/errors.ts";
import { readEnv } from "../env.ts";
import { currentRequestId } from "../request-scope.ts";
import { admitSession } from "../services/auth/create-session.ts";
import type { CallContext } from "../services/call-context.ts";
import { findTokenActor } from "../services/tokens/find-token-actor.ts";
import { peerAddress } from "./peer-address.ts";
import { isSameOrigin } from "./same-origin.ts";
import { openSession, sessionCookie } from "./session-cookie.ts";

/** Where a call came from, under the id that its request has (a new one where it came by no server of ours). */
export function callOrigin(headers: Headers): CallOrigin {
  return {
    requestId: currentRequestId() ?? randomUUID(),
    address: peerAddress(headers),
    userAgent: headers.get("user-agent"),
  };
}

/**
 * Who calls: an API token when there is an Authorization header, else the session cookie. The rights are looked up later,
 * by `perform`. Throws `unauthenticated`.
 */
export async function authenticate(headers: Headers, origin: CallOrigin): Promise<CallContext> {
  const authorization = headers.get("authorization");
  if (authorization !== null) {
    const token = /^Bearer ([\x21-\x7e]{1,300})$/i.exec(authorization)?.[1];
    if (token === undefined) throw signedOut();
    return { actor: await findTokenActor(token, origin.address), origin };
  }
  const sealed = readCookie(headers.get("cookie") ?? "", sessionCookie().name);
  const ctx = sealed === null ? null : await contextOfSession(sealed, origin);
  if (!ctx) throw signedOut();
  return ctx;
}

/** The caller behind a session cookie's value; null when the session has ended. */
export async function contextOfSession(sealed: string, origin: CallOrigin): Promise<CallContext | null> {
  const claims = await openSession(sealed);
  if (!claims || !(await admitSession(claims, origin))) return null;
  return { actor: { kind: "user", ...claims }, origin };
}

/**
 * A call that may change something and is carried by a cookie must come from our own pages: its Origin header names the
 * host it was sent to, or our public address. Throws `forbidden`.
 */
export function requireSameOrigin(headers: Headers): void {
  if (isSameOrigin(headers.get("origin"), headers.get("host"), readEnv().publicUrl)) return;
  throw new LastgoodError("forbidden", "This call does not come from a page of this console.", {
    hint: "Reload the page and try again. Programs use an API token instead of a session.",
  });
}

function readCookie(header: string, name: string): string | null {
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

function signedOut(): LastgoodError {
  return new LastgoodError("unauthenticated", "You are not signed in.", {
    hint: "Sign in, or send a valid API token as Authorization: Bearer.",
  });
}
