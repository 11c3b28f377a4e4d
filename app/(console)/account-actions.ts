"use server";

import { z } from "zod";
import { confirmSession } from "../../lib/services/auth/confirm-session.ts";
import { action } from "../../lib/web/action.ts";

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
