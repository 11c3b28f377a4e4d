"use server";

import { z } from "zod";
import { deleteDatabase } from "../../lib/services/databases/delete-database.ts";
import { extendPreview as extend } from "../../lib/services/previews/extend-preview.ts";
import { action } from "../../lib/web/action.ts";
import { extendBodySchema } from "../../lib/web/restore-schemas.ts";

/** `database` is the preview's id or name. */
const ofPreview = { namespace: z.string().max(64), database: z.string().max(64) };

/** Lets a preview live for so many hours from now. */
export const extendPreview = action(extendBodySchema.extend(ofPreview), (ctx, input) => extend(ctx, input));

/** Deletes a preview; for a day it can be brought back. Its name is typed to confirm. */
export const deletePreview = action(
  z.strictObject({ ...ofPreview, confirmName: z.string({ error: "Type the preview's name to confirm." }).max(200) }),
  async (ctx, input) => {
    await deleteDatabase(ctx, input);
    return null;
  },
);
