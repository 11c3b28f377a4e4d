import { z } from "zod";
import { AUDIT_OUTCOMES, type AuditFilter } from "../domain/audit-filter.ts";
import { LastgoodError } from "../domain/errors.ts";
import { parseTimestampText } from "../domain/parse-timestamp.ts";

const given = (longest: number) => z.string().max(longest).optional();
const time = (field: string) =>
  z
    .string()
    .max(64)
    .transform((text) => (text === "" ? undefined : parseTimestampText(text, field)))
    .optional();

const filterFields = {
  actor: given(254),
  action: z
    .string()
    .regex(/^[a-z.-]{0,64}$/, "This is no action.")
    .optional(),
  outcome: z
    .union([z.literal(""), z.enum(AUDIT_OUTCOMES)], { error: 'An outcome is "done", "denied" or "refused".' })
    .optional(),
  database: given(64),
  from: time("from"),
  to: time("to"),
} as const;
type Fields = z.output<z.ZodObject<typeof filterFields>>;

/** A filter out of an address; empty fields ask for nothing. */
function toFilter({ actor, action, outcome, database, from, to }: Fields): AuditFilter {
  if (from !== undefined && to !== undefined && to < from) {
    const details = { field: "to", hint: "Give a later end." };
    throw new LastgoodError("invalid_input", "The stretch ends before it begins.", details);
  }
  return {
    actor: actor || undefined,
    action: action || undefined,
    outcome: outcome || undefined,
    database: database || undefined,
    fromMs: from,
    toMs: to,
  };
}

export const auditQuerySchema = z
  .strictObject({
    ...filterFields,
    before: z
      .string()
      .regex(/^\d{1,18}$/, "This is no entry's number.")
      .optional(),
    limit: z
      .string()
      .regex(/^\d{1,3}$/, "Give a whole number.")
      .default("50")
      .transform(Number)
      .pipe(z.int().min(1, "At least 1.").max(200, "At most 200.")),
  })
  .transform(({ before, limit, ...fields }) => ({
    filter: toFilter(fields),
    before: before === undefined ? null : BigInt(before),
    limit,
  }));

export const auditExportSchema = z
  .strictObject({
    ...filterFields,
    format: z.enum(["csv", "jsonl"], { error: 'A format is "csv" or "jsonl".' }).default("jsonl"),
  })
  .transform(({ format, ...fields }) => ({ filter: toFilter(fields), format }));
