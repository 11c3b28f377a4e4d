"use server";

import { z } from "zod";
import { passwordSchema } from "../../lib/domain/names.ts";
import { changePassword } from "../../lib/services/account/change-password.ts";
import { endOtherSessions, endOwnSession } from "../../lib/services/account/end-sessions.ts";
import { confirmSession } from "../../lib/services/auth/confirm-session.ts";
import { getNamespace } from "../../lib/services/namespaces/get-namespace.ts";
import { disableSecondFactor, renewRecoveryCodes } from "../../lib/services/second-factor/disable-second-factor.ts";
import { enableSecondFactor } from "../../lib/services/second-factor/enable-second-factor.ts";
import { offerSecondFactor } from "../../lib/services/second-factor/offer-second-factor.ts";
import { action } from "../../lib/web/action.ts";
import { rememberNamespace } from "../../lib/web/chosen-namespace.ts";
import { setSessionCookie } from "../../lib/web/session.ts";

const password = z.string().max(1000);
const code = z.string().max(100);

/** Takes password or code again, before something that destroys. */
export const confirmAgain = action(
  z.union([z.strictObject({ password }), z.strictObject({ code })]),
  async (ctx, given) => {
    await confirmSession(ctx, given);
    return null;
  },
);

/** A new password: every session ends, and this browser gets a new one. */
export const renewPassword = action(z.strictObject({ present: password, next: passwordSchema }), async (ctx, input) => {
  await setSessionCookie(await changePassword(ctx, input));
  return null;
});

/** Ends one of one's own sessions. */
export const revokeSession = action(z.strictObject({ sessionId: z.string().max(64) }), async (ctx, { sessionId }) => {
  await endOwnSession(ctx, sessionId);
  return null;
});

/** Ends all of one's own sessions but this one. */
export const revokeOtherSessions = action(z.strictObject({}), (ctx) => endOtherSessions(ctx));

/** A secret for an authenticator app; it counts once its first code was given. */
export const beginSecondFactor = action(z.strictObject({}), (ctx) => offerSecondFactor(ctx));

/** The first code: the second factor counts from now on. Answers the recovery codes. */
export const turnSecondFactorOn = action(z.strictObject({ code }), (ctx, input) => enableSecondFactor(ctx, input.code));

/** Turns the second factor off, with password and code. */
export const turnSecondFactorOff = action(z.strictObject({ password, code }), async (ctx, input) => {
  await disableSecondFactor(ctx, input);
  return null;
});

/** New recovery codes in place of the earlier ones. */
export const renewCodes = action(z.strictObject({}), (ctx) => renewRecoveryCodes(ctx));

/** Which of one's namespaces the console's pages show. */
export const chooseNamespace = action(z.strictObject({ namespace: z.string().max(64) }), async (ctx, input) => {
  const { slug } = await getNamespace(ctx, input);
  await rememberNamespace(slug);
  return null;
});
