import { z } from "zod";
import { DELIVERY_STATUSES } from "../domain/webhook.ts";
import { APPROVAL_FILTERS } from "../services/approvals/get-approval.ts";
import { BACKUPS_A_PAGE } from "../services/backups/list-backups.ts";
import { A_PAGE } from "../services/keyset.ts";
import { LABELS_A_PAGE } from "../services/restore-points/list-restore-points.ts";
import { RESTORES_A_PAGE } from "../services/restores/get-restore.ts";

/** What lists take that are read page by page. */
const pageFields = (most: number) => ({
  after: z.string().max(64).optional().meta({ description: "`next` of the page before." }),
  limit: z.coerce
    .number("limit is a whole number.")
    .int("limit is a whole number.")
    .min(1, "limit is at least 1.")
    .max(most, `limit is at most ${most}.`)
    .optional(),
});
const page = (most: number) => z.strictObject(pageFields(most));

export const pageQuerySchema = page(A_PAGE);
export const labelsQuerySchema = page(LABELS_A_PAGE);
export const restoresQuerySchema = page(RESTORES_A_PAGE);
export const backupsQuerySchema = page(BACKUPS_A_PAGE);
export const drillsQuerySchema = page(100);
export const pushesQuerySchema = page(200);
export const deliveriesQuerySchema = z.strictObject({
  ...pageFields(200),
  status: z.enum(DELIVERY_STATUSES, { error: `One of ${DELIVERY_STATUSES.join(", ")}.` }).optional(),
});
export const approvalsQuerySchema = z.strictObject({
  ...pageFields(A_PAGE),
  status: z.enum(APPROVAL_FILTERS, { error: `One of ${APPROVAL_FILTERS.join(", ")}.` }).optional(),
});
