import { z } from "zod";
import { LastgoodError } from "../domain/errors.ts";
import { CONFLICT_KINDS, GIVE_BACK_KINDS, type GiveBackSelection } from "../domain/give-back.ts";
import { remarkSchema } from "../domain/names.ts";
import { parseRestoreSource } from "../domain/restore-source.ts";
import type { GiveBackQuestion } from "../services/give-back/plan-give-back.ts";
import { restoreSourceFields } from "./api-schemas.ts";

const MOST_TABLES = 100;
const MOST_KEYS = 20_000;

const tableSchema = z.strictObject({
  name: z.string().min(1, "Name the table.").max(1000, "This name is too long."),
  keys: z
    .array(z.string().max(8000))
    .min(1, "Choose at least one row.")
    .max(MOST_KEYS, `At most ${MOST_KEYS} single rows.`)
    .optional(),
  kinds: z.array(z.enum(GIVE_BACK_KINDS)).min(1, 'Say "removed", "changed" or both.').optional(),
});

const chosenFields = {
  from: z.strictObject(restoreSourceFields),
  tables: z
    .array(tableSchema)
    .min(1, "Choose rows of at least one table.")
    .max(MOST_TABLES, `At most ${MOST_TABLES} tables.`)
    .refine(
      (tables) => new Set(tables.map(({ name }) => name.toLowerCase())).size === tables.length,
      "Name each table once.",
    ),
  include: z.array(z.literal("parents")).max(1).optional(),
};
export const onConflictSchema = z.partialRecord(z.enum(CONFLICT_KINDS), z.enum(["skip", "stop"]));
export const planDigestSchema = z.string().max(64);

export const giveBackPlanSchema = z.strictObject({
  ...chosenFields,
  from: chosenFields.from.optional(),
  tables: chosenFields.tables.optional(),
  undoOf: z.uuid("This is no restore's id.").optional(),
});

export const giveBackFields = {
  ...chosenFields,
  planDigest: planDigestSchema,
  reason: remarkSchema.optional(),
  onConflict: onConflictSchema.optional(),
};
export const giveBackSchema = z.strictObject(giveBackFields);

export const undoGiveBackFields = {
  restoreId: z.string().max(64),
  planDigest: planDigestSchema.optional(),
  onConflict: onConflictSchema.optional(),
};

type Chosen = Pick<z.output<typeof giveBackSchema>, "tables" | "include">;

/** One order for one choice: the digest is over it. */
export function toSelection({ tables, include = [] }: Chosen): GiveBackSelection {
  return {
    tables: tables.map(({ name, keys, kinds }) => ({ name, ...(keys && { keys }), ...(kinds && { kinds }) })),
    include,
  };
}

/** Chosen rows of a moment, or an undo; not both, and not neither. */
export function toGiveBackQuestion(body: z.output<typeof giveBackPlanSchema>): GiveBackQuestion {
  const { from, tables, undoOf, include } = body;
  const isUndo = undoOf !== undefined;
  if (isUndo && !from && !tables && !include) return { undoOf };
  if (!isUndo && from && tables)
    return { source: parseRestoreSource(from), selection: toSelection({ tables, include }) };
  throw new LastgoodError("invalid_input", "Neither chosen rows nor an undo.", {
    field: isUndo ? "undoOf" : from ? "tables" : "from",
    hint: "Give from and tables, or undoOf alone.",
  });
}
