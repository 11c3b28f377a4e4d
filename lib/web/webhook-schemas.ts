import { z } from "zod";
import { EVENT_TYPES } from "../domain/event.ts";
import { printableLineSchema } from "../domain/names.ts";
import { DEFAULT_OVERLAP_HOURS, WEBHOOK_LIMITS } from "../domain/webhook.ts";

/** What it leads to is checked where it is saved and where it is used. */
export const addressSchema = z
  .string()
  .trim()
  .min(1, "Give an address.")
  .max(WEBHOOK_LIMITS.urlLength, `An address has at most ${WEBHOOK_LIMITS.urlLength} characters.`);

export const coveredSchema = z.union(
  [z.literal("all"), z.array(z.string().max(64)).min(1).max(WEBHOOK_LIMITS.databases)],
  { error: 'Give "all", or the ids or names of one to 200 databases.' },
);

const fields = {
  name: printableLineSchema("a name", WEBHOOK_LIMITS.nameLength),
  url: addressSchema,
  types: z.union(
    [
      z.literal("all"),
      z
        .array(z.enum(EVENT_TYPES))
        .min(1)
        .transform((types) => [...new Set(types)]),
    ],
    { error: `Give "all", or some of ${EVENT_TYPES.join(", ")}.` },
  ),
  databases: coveredSchema,
};

export const createWebhookSchema = z.strictObject({
  ...fields,
  types: fields.types.default("all"),
  databases: fields.databases.default("all"),
});

/** What can be changed; what is not given stays. */
export const updateWebhookSchema = z.strictObject({
  name: fields.name.optional(),
  url: fields.url.optional(),
  types: fields.types.optional(),
  databases: fields.databases.optional(),
  active: z.boolean().optional(),
});

export const rotateSecretSchema = z.strictObject({
  /** For how long the former secret signs as well. */
  overlapHours: z
    .int("Give whole hours.")
    .min(0, "0 ends the former secret at once.")
    .max(WEBHOOK_LIMITS.overlapHours, `At most ${WEBHOOK_LIMITS.overlapHours} hours.`)
    .default(DEFAULT_OVERLAP_HOURS),
});
