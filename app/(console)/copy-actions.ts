"use server";

import { z } from "zod";
import { bringBack } from "../../lib/services/second-copy/bring-back.ts";
import { cancelCopyRestore } from "../../lib/services/second-copy/copy-restores.ts";
import { action } from "../../lib/web/action.ts";
import { bringBackSchema, toCopyMoment } from "../../lib/web/copy-schemas.ts";

const inNamespace = { namespace: z.string().max(64) };

/** Makes a database from a second copy. */
export const bringCopyBack = action(
  bringBackSchema.extend({ ...inNamespace, copyId: z.string().max(200) }),
  (ctx, { timestamp, bookmark, ...input }) => bringBack(ctx, { ...input, at: toCopyMoment({ timestamp, bookmark }) }),
);

/** Asks such a restore to stop. */
export const stopBringingBack = action(
  z.strictObject({ ...inNamespace, restoreId: z.string().max(64) }),
  cancelCopyRestore,
);
