import { z } from "zod";
import { LABELS_A_PAGE } from "../services/restore-points/list-restore-points.ts";
import { RESTORES_A_PAGE } from "../services/restores/get-restore.ts";

/** What lists take that are read page by page. */
const page = (most: number) =>
  z.strictObject({
    after: z.string().max(64).optional().meta({ description: "`next` of the page before." }),
    limit: z.coerce
      .number("limit is a whole number.")
      .int("limit is a whole number.")
      .min(1, "limit is at least 1.")
      .max(most, `limit is at most ${most}.`)
      .optional(),
  });

export const labelsQuerySchema = page(LABELS_A_PAGE);
export const restoresQuerySchema = page(RESTORES_A_PAGE);
