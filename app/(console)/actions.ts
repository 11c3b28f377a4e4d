"use server";

import { z } from "zod";
import { labelSchema, remarkSchema } from "../../lib/domain/names.ts";
import { parseRestoreSource } from "../../lib/domain/restore-source.ts";
import { parseRestoreTarget } from "../../lib/domain/restore-target.ts";
import { createDatabase } from "../../lib/services/databases/create-database.ts";
import { deleteDatabase } from "../../lib/services/databases/delete-database.ts";
import { namingNearest } from "../../lib/services/history/naming-nearest.ts";
import { createRestorePoint } from "../../lib/services/restore-points/create-restore-point.ts";
import { deleteRestorePoint } from "../../lib/services/restore-points/delete-restore-point.ts";
import { cancelRestore } from "../../lib/services/restores/cancel-restore.ts";
import { createRestore } from "../../lib/services/restores/create-restore.ts";
import { restoreInto } from "../../lib/services/restores/restore-into.ts";
import { undoRestore } from "../../lib/services/restores/undo-restore.ts";
import { action } from "../../lib/web/action.ts";
import {
  aroundFields,
  checksFields,
  createDatabaseSchema,
  restoreSourceFields,
  toDatabaseSource,
} from "../../lib/web/api-schemas.ts";
import { restoreTargetFields } from "../../lib/web/restore-schemas.ts";

const ofDatabase = { namespace: z.string().max(64), database: z.string().max(64) };
const idSchema = z.string().max(64);
const digestSchema = z.string().max(128).optional();
const confirmSchema = z.string({ error: "Type the database's name to confirm." }).max(200);
const reasonSchema = remarkSchema.optional();

/** Takes a database under protection: an empty one, a file on the agent's machine, an upload or the sample. */
export const protectDatabase = action(
  createDatabaseSchema.extend({ namespace: z.string().max(64) }),
  async (ctx, { namespace, ...body }) => {
    const { name, windowDays, region } = body;
    const source = toDatabaseSource(body);
    const { database } = await createDatabase(ctx, { namespace, name, windowDays, region, source });
    return database;
  },
);

/** Ends a database's protection; its name is typed to confirm. */
export const removeDatabase = action(
  z.strictObject({ ...ofDatabase, confirmName: confirmSchema }),
  async (ctx, input) => {
    await deleteDatabase(ctx, input);
    return null;
  },
);

/** "Snapshot now". */
export const createSnapshot = action(z.strictObject({ ...ofDatabase, label: labelSchema }), (ctx, input) =>
  createRestorePoint(ctx, input),
);

/** Removes a label and nothing but the label. */
export const deleteSnapshot = action(
  z.strictObject({ ...ofDatabase, snapshotId: idSchema }),
  async (ctx, { snapshotId, ...of }) => {
    await deleteRestorePoint(ctx, { ...of, restorePointId: snapshotId });
    return null;
  },
);

const startRestoreSchema = z
  .strictObject({
    ...ofDatabase,
    ...restoreSourceFields,
    ...restoreTargetFields,
    ...aroundFields,
    ...checksFields,
    confirmName: confirmSchema.optional(),
    reason: reasonSchema,
    planDigest: digestSchema,
  })
  .refine(({ target = "project", confirmName }) => target !== "project" || confirmName !== undefined, {
    path: ["confirmName"],
    error: "Type the database's name to confirm.",
  });

/**
 * Queues a restore, in place unless `target` says where to; then the database's name is typed. `planDigest` is that of the plan
 * that was shown.
 */
export const startRestore = action(startRestoreSchema, (ctx, input) => {
  const { namespace, database, reason, planDigest, target, name, previewId, ttlHours, ...rest } = input;
  const { confirmName, fenceSeconds, runHooks, checks, ...source } = rest;
  const of = { namespace, database };
  const into = parseRestoreTarget({ target, name, previewId, ttlHours });
  return namingNearest(ctx, of, async () => {
    const asked = { ...of, reason, planDigest, checks, source: parseRestoreSource(source) };
    return into
      ? restoreInto(ctx, { ...asked, into })
      : createRestore(ctx, { ...asked, confirmName, fenceSeconds, runHooks });
  });
});

const undoSchema = z.strictObject({
  ...ofDatabase,
  restoreId: idSchema,
  ...aroundFields,
  confirmName: z.string().max(200).optional(),
  planDigest: digestSchema,
});

/** Queues the way back from a completed restore, to the state just before it. */
export const undoCompletedRestore = action(undoSchema, (ctx, input) => undoRestore(ctx, input));

/** Asks a restore to stop before it writes. */
export const cancelOpenRestore = action(z.strictObject({ ...ofDatabase, restoreId: idSchema }), (ctx, input) =>
  cancelRestore(ctx, input),
);
