"use server";

import { z } from "zod";
import { labelSchema } from "../../lib/domain/names.ts";
import { previewRetention } from "../../lib/services/backups/preview-retention.ts";
import { setRetention } from "../../lib/services/backups/set-retention.ts";
import { createRestorePoint } from "../../lib/services/restore-points/create-restore-point.ts";
import { action } from "../../lib/web/action.ts";
import { retentionFields, retentionPlanFields } from "../../lib/web/retention-schemas.ts";

const ofDatabase = { namespace: z.string().max(64), database: z.string().max(64) };

/** What retention would delete by limits that are not saved yet, and why it keeps the rest. */
export const planRetentionChange = action(
  z.strictObject({ ...ofDatabase, ...retentionPlanFields }),
  (ctx, { namespace, database, ...change }) => previewRetention(ctx, { namespace, database, change }),
);

/** Saves how many backups are kept; `planDigest` is that of the dry run that was shown. */
export const saveRetention = action(z.strictObject({ ...ofDatabase, ...retentionFields }), (ctx, input) =>
  setRetention(ctx, input),
);

/** Pins a label to a backup, which retention then keeps. */
export const pinBackup = action(
  z.strictObject({ ...ofDatabase, label: labelSchema, backupKey: z.string().min(1).max(200) }),
  (ctx, { backupKey, ...input }) => createRestorePoint(ctx, { ...input, to: { kind: "backup", backupKey } }),
);
