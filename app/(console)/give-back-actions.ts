"use server";

import { z } from "zod";
import { parseRestoreSource } from "../../lib/domain/restore-source.ts";
import { giveBack as giveRowsBack } from "../../lib/services/give-back/give-back.ts";
import { undoGiveBack as undoRows } from "../../lib/services/give-back/undo-give-back.ts";
import { namingNearest } from "../../lib/services/history/naming-nearest.ts";
import { action } from "../../lib/web/action.ts";
import { giveBackFields, toSelection, undoGiveBackFields } from "../../lib/web/give-back-schemas.ts";

const ofDatabase = { namespace: z.string().max(64), database: z.string().max(64) };

/** Queues the writing of chosen rows of the past into the database; `planDigest` is that of the plan that was shown. */
export const giveBack = action(z.strictObject({ ...ofDatabase, ...giveBackFields }), (ctx, input) => {
  const { namespace, database, from, planDigest, reason, onConflict } = input;
  const of = { namespace, database };
  return namingNearest(ctx, of, async () =>
    giveRowsBack(ctx, {
      ...of,
      source: parseRestoreSource(from),
      selection: toSelection(input),
      planDigest,
      reason,
      onConflict,
    }),
  );
});

/** Queues the way back from rows that were given back: exactly those become what they were right before. */
export const undoGiveBack = action(z.strictObject({ ...ofDatabase, ...undoGiveBackFields }), (ctx, input) =>
  undoRows(ctx, input),
);
