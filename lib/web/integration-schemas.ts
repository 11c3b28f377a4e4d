import { z } from "zod";
import {
  DATABASE_PLACE,
  INTEGRATION_LIMITS,
  type IntegrationSettings,
  isVariableName,
  VARIABLE_HOLDS,
  VERCEL_ADDRESS,
  VERCEL_TARGETS,
} from "../domain/integration.ts";
import { printableLineSchema } from "../domain/names.ts";
import { addressSchema, coveredSchema } from "./webhook-schemas.ts";

const tokenSchema = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]+$/, "A token has printable characters and no spaces.")
  .max(INTEGRATION_LIMITS.tokenLength, "This token is too long.");

const variablesSchema = z
  .array(
    z.strictObject({
      name: z
        .string()
        .trim()
        .refine(isVariableName, `A name has letters, digits and underscores, and at most one ${DATABASE_PLACE}.`),
      holds: z.enum(VARIABLE_HOLDS, { error: `One of ${VARIABLE_HOLDS.join(", ")}.` }),
    }),
  )
  .min(1, "Give at least one variable.")
  .max(INTEGRATION_LIMITS.variables, `At most ${INTEGRATION_LIMITS.variables} variables.`);

const fields = {
  name: printableLineSchema("a name", INTEGRATION_LIMITS.nameLength),
  token: tokenSchema,
  databases: coveredSchema,
  variables: variablesSchema,
};

/** As Vercel writes names of projects and ids; a slash would lead to another place of its API. */
const placeName = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9._-]{1,100}$/, "Letters, digits, dot, dash and underscore.")
  .refine((name) => !/^\.+$/.test(name), "Letters, digits, dot, dash and underscore.");

export const createHttpSchema = z.strictObject({ kind: z.literal("http"), baseUrl: addressSchema, ...fields });
export const createVercelSchema = z.strictObject({
  kind: z.literal("vercel"),
  baseUrl: addressSchema.default(VERCEL_ADDRESS),
  project: placeName,
  teamId: placeName.nullable().default(null),
  targets: z
    .array(z.enum(VERCEL_TARGETS))
    .min(1, "Choose at least one target.")
    .default(["production"])
    .transform((targets) => [...new Set(targets)]),
  ...fields,
});
export const createIntegrationSchema = z.discriminatedUnion("kind", [createHttpSchema, createVercelSchema], {
  error: 'The kind is "http" or "vercel".',
});

/** What can be changed; where it pushes to cannot. */
export const updateIntegrationSchema = z.strictObject({
  name: fields.name.optional(),
  token: fields.token.optional(),
  databases: fields.databases.optional(),
  variables: fields.variables.optional(),
  active: z.boolean().optional(),
});

/** What only a kind has, out of a body. */
export function settingsOf(body: z.output<typeof createIntegrationSchema>): IntegrationSettings {
  if (body.kind === "http") return { kind: "http" };
  const { project, teamId, targets } = body;
  return { kind: "vercel", project, teamId, targets };
}
