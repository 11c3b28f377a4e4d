"use server";

import { z } from "zod";
import { cancelBackup as cancel } from "../../lib/services/backups/cancel-backup.ts";
import { createBackup } from "../../lib/services/backups/create-backup.ts";
import { deleteBackup, undeleteBackup } from "../../lib/services/backups/delete-backup.ts";
import { verifyBackup as verify } from "../../lib/services/backups/verify-backup.ts";
import { action } from "../../lib/web/action.ts";
import { backupBodySchema } from "../../lib/web/backup-schemas.ts";

const ofDatabase = { namespace: z.string().max(64), database: z.string().max(64) };
/** `backup` is its id or key. */
const ofBackup = z.strictObject({ ...ofDatabase, backup: z.string().max(200) });

/** Begins a backup of a database as it is now. */
export const startBackup = action(backupBodySchema.extend(ofDatabase), (ctx, input) => createBackup(ctx, input));

/** Stops a backup that is being made; what was stored of it is removed. */
export const cancelBackup = action(ofBackup, (ctx, input) => cancel(ctx, input));

/** Deletes a backup; until its grace period is over it can be brought back. */
export const removeBackup = action(ofBackup, (ctx, input) => deleteBackup(ctx, input));

/** Takes the deletion of a backup back. */
export const bringBackupBack = action(ofBackup, (ctx, input) => undeleteBackup(ctx, input));

/** Has a backup read whole, to see whether it still is what was stored. */
export const verifyBackup = action(ofBackup, (ctx, input) => verify(ctx, input));
