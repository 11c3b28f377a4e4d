import { z } from "zod";
import { ALL_ACTIONS } from "../domain/actions.ts";
import { LastgoodError } from "../domain/errors.ts";
import { printableLineSchema } from "../domain/names.ts";
import { TOKEN_LIMITS, TOKEN_PRESETS } from "../domain/token-grants.ts";
import type { CreateTokenInput } from "../services/tokens/create-token.ts";

/** A new API token, as route and server action take it: a preset or actions, and on purpose when it ends. */
export const createTokenSchema = z.strictObject({
  name: printableLineSchema("a name", TOKEN_LIMITS.nameLength),
  preset: z.enum(TOKEN_PRESETS, { error: `A preset is one of ${TOKEN_PRESETS.join(", ")}.` }).optional(),
  actions: z
    .array(z.enum(ALL_ACTIONS, { error: "There is no such action." }))
    .min(1, "Choose at least one action.")
    .max(ALL_ACTIONS.length)
    .optional(),
  databases: z
    .union([z.literal("all"), z.array(z.string().max(64)).min(1).max(TOKEN_LIMITS.databases)], {
      error: 'Give "all", or the ids or names of one to 200 databases.',
    })
    .default("all"),
  expiresInHours: z
    .int("Give whole hours, or null for a token that lasts until it is revoked.")
    .min(1, "A token lasts at least one hour.")
    .max(TOKEN_LIMITS.hours, "A token lasts at most a year; null makes one that lasts until it is revoked.")
    .nullable(),
  ratePerMinute: z
    .int("Give a whole number of calls.")
    .min(1, "At least one call a minute.")
    .max(TOKEN_LIMITS.ratePerMinute, `At most ${TOKEN_LIMITS.ratePerMinute} calls a minute.`)
    .optional(),
});

/** Exactly one of preset and actions; neither is the preset that cannot destroy. */
export function toCreateTokenInput(namespace: string, body: z.output<typeof createTokenSchema>): CreateTokenInput {
  const { name, preset, actions, databases, expiresInHours, ratePerMinute = null } = body;
  if (preset !== undefined && actions !== undefined) {
    throw new LastgoodError("invalid_input", "Both a preset and actions were given.", {
      field: "actions",
      hint: "Give one of them; without either the token can do everything but destroy.",
    });
  }
  const grant = actions === undefined ? { preset: preset ?? TOKEN_PRESETS[0] } : { actions };
  return { namespace, name, grant, databases, expiresInHours, ratePerMinute };
}
