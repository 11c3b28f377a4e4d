"use server";

import { z } from "zod";
import { undeleteDatabase } from "../../lib/services/databases/undelete-database.ts";
import { updateDatabase } from "../../lib/services/databases/update-database.ts";
import { deleteNamespace } from "../../lib/services/namespaces/delete-namespace.ts";
import { undeleteNamespace } from "../../lib/services/namespaces/undelete-namespace.ts";
import { action } from "../../lib/web/action.ts";
import { undeleteBodySchema, updateDatabaseFields } from "../../lib/web/api-schemas.ts";

const namespaceSchema = z.string().max(64);

/** Takes a database's deletion back. */
export const bringDatabaseBack = action(
  undeleteBodySchema.extend({ namespace: namespaceSchema, databaseId: z.string().max(64) }),
  (ctx, input) => undeleteDatabase(ctx, input),
);

/** Changes a database's name or window; a shorter window counts after the grace period. */
export const changeDatabase = action(
  z.strictObject({ ...updateDatabaseFields, namespace: namespaceSchema, database: z.string().max(64) }),
  (ctx, input) => updateDatabase(ctx, input),
);

/** Deletes the namespace; its slug is typed to confirm. */
export const removeNamespace = action(
  z.strictObject({ namespace: namespaceSchema, confirmSlug: z.string().max(64) }),
  (ctx, input) => deleteNamespace(ctx, input),
);

/** Takes a namespace's deletion back, for whoever owned it. */
export const bringNamespaceBack = action(z.strictObject({ namespace: namespaceSchema }), (ctx, input) =>
  undeleteNamespace(ctx, input),
);
