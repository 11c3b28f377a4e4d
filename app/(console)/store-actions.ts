"use server";

import { z } from "zod";
import { keepOnDisk, setStore, testStore } from "../../lib/services/stores/set-store.ts";
import { action } from "../../lib/web/action.ts";
import { storeBodySchema } from "../../lib/web/store-schemas.ts";

const ofNamespace = { namespace: z.string().max(64) };

/** Has new backups go to a bucket, after it was tried. */
export const saveStore = action(storeBodySchema.extend(ofNamespace), (ctx, input) => setStore(ctx, input));

/** Tries a bucket and saves nothing. */
export const tryStore = action(storeBodySchema.extend(ofNamespace), (ctx, input) => testStore(ctx, input));

/** Has new backups lie on the agent's own disk again. */
export const keepBackupsOnDisk = action(z.strictObject(ofNamespace), (ctx, input) => keepOnDisk(ctx, input));
