"use server";

import { z } from "zod";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { emailSchema, passwordSchema, slugSchema } from "../../lib/domain/names.ts";
import { createFirstOwner } from "../../lib/services/auth/create-first-owner.ts";
import type { SessionClaims } from "../../lib/services/auth/create-session.ts";
import { verifyCode, verifyCredentials } from "../../lib/services/auth/verify-credentials.ts";
import { acceptAsMember, acceptAsNewUser } from "../../lib/services/members/accept-invitation.ts";
import { action, publicAction } from "../../lib/web/action.ts";
import { rememberNamespace } from "../../lib/web/chosen-namespace.ts";
import { clearSessionCookie, setSessionCookie } from "../../lib/web/session.ts";
import {
  clearChallenge,
  readChallenge,
  readDevice,
  rememberDevice,
  setChallenge,
} from "../../lib/web/sign-in-cookies.ts";

const inviteToken = z.string().max(200);

const setUpSchema = z.strictObject({
  setupToken: z.string().max(200),
  email: emailSchema,
  password: passwordSchema,
  namespace: slugSchema.default("main"),
});

/** Spends the set-up link: makes the first owner and namespace and signs the owner in. */
export const completeSetUp = publicAction(setUpSchema, async (origin, { setupToken, ...owner }) => {
  await beginSession(await createFirstOwner(origin, { setupToken, owner }));
  return { namespace: owner.namespace };
});

const signInSchema = z.strictObject({ email: z.string().max(300), password: z.string().max(1000) });

/** Signs in with e-mail and password, under a new session id; where there is a second factor `signInWithCode` goes on. */
export const signIn = publicAction(signInSchema, async (origin, credentials) => {
  const step = await verifyCredentials(origin, credentials, await readDevice());
  if (!step.signedIn) {
    await setChallenge(step.challenge);
    return { needsCode: true };
  }
  await beginSession(step.claims);
  return { needsCode: false };
});

/** The second step of signing in: a code of the second factor, or a recovery code. */
export const signInWithCode = publicAction(z.strictObject({ code: z.string().max(100) }), async (origin, { code }) => {
  const challenge = await readChallenge();
  if (!challenge) {
    throw new LastgoodError("unauthenticated", "Signing in took too long.", {
      hint: "Begin again with your password.",
    });
  }
  await beginSession(await verifyCode(origin, challenge, code, await readDevice()));
  await clearChallenge();
  return null;
});

async function beginSession(claims: SessionClaims): Promise<void> {
  await clearSessionCookie();
  await setSessionCookie(claims);
  await rememberDevice(claims.email);
}

/** Joins a namespace as the account that is signed in. */
export const acceptInvitation = action(z.strictObject({ token: inviteToken }), async (ctx, { token }) => {
  const { namespace } = await acceptAsMember(ctx, token);
  await rememberNamespace(namespace);
  return { namespace };
});

/** Joins a namespace as somebody new: makes the account that the invitation is for, and signs in. */
export const joinWithPassword = publicAction(
  z.strictObject({ token: inviteToken, password: passwordSchema }),
  async (origin, input) => {
    const { claims, namespace } = await acceptAsNewUser(origin, input);
    await beginSession(claims);
    await rememberNamespace(namespace);
    return { namespace };
  },
);

/** Ends the session, also for whoever kept a copy of its cookie. */
export const signOut = publicAction(z.unknown(), async () => {
  await clearSessionCookie();
  return null;
});
