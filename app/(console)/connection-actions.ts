"use server";

import { z } from "zod";
import { readConnectionString } from "../../lib/services/databases/read-connection.ts";
import { rotatePassword } from "../../lib/services/databases/rotate-password.ts";
import { action } from "../../lib/web/action.ts";

const ofDatabase = z.strictObject({ namespace: z.string().max(64), database: z.string().max(64) });

/** How applications connect to a hosted cluster; that it was read is written down. */
export const revealConnection = action(ofDatabase, (ctx, input) => readConnectionString(ctx, input));

/** Gives the role that applications connect with another password. */
export const changePassword = action(ofDatabase, async (ctx, input) => {
  const { connectionString } = await rotatePassword(ctx, input);
  return connectionString;
});
