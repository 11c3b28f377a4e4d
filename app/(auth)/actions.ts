"use server";

import { z } from "zod";
import { emailSchema, passwordSchema, slugSchema } from "../../lib/domain/names.ts";
import { createFirstOwner } from "../../lib/services/auth/create-first-owner.ts";
import { verifyCredentials } from "../../lib/services/auth/verify-credentials.ts";
import { publicAction } from "../../lib/web/action.ts";
import { clearSessionCookie, setSessionCookie } from "../../lib/web/session.ts";

const setUpSchema = z.strictObject({
  setupToken: z.string().max(200),
  email: emailSchema,
  password: passwordSchema,
  namespace: slugSchema.default("main"),
});

/** Spends the set-up link: makes the first owner and namespace and signs the owner in. */
export const completeSetUp = publicAction(setUpSchema, async (origin, { setupToken, ...owner }) => {
  await setSessionCookie(await createFirstOwner(origin, { setupToken, owner }));
  return { namespace: owner.namespace };
});

const signInSchema = z.strictObject({ email: z.string().max(300), password: z.string().max(1000) });

/** Signs in with e-mail and password, under a new session id. */
export const signIn = publicAction(signInSchema, async (origin, credentials) => {
  const claims = await verifyCredentials(origin, credentials);
  await clearSessionCookie();
  await setSessionCookie(claims);
  return { email: claims.email };
});

/** Ends the session, also for whoever kept a copy of its cookie. */
export const signOut = publicAction(z.unknown(), async () => {
  await clearSessionCookie();
  return null;
});
