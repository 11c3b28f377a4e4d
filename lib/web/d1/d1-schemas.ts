import { z } from "zod";
import { LastgoodError } from "../../domain/errors.ts";
import { databaseNameSchema } from "../../domain/names.ts";
import { parseTimestamp } from "../../domain/parse-timestamp.ts";

/** What D1's clients send. Jurisdictions there are none, and a hint where no region has that name is taken and left. */
export const createD1Schema = z.object({
  name: databaseNameSchema,
  primary_location_hint: z.string().max(64).nullish().catch(null),
});

export const updateD1Schema = z.object({
  name: databaseNameSchema.optional(),
  read_replication: z
    .object({ mode: z.literal("disabled", "Lastgood keeps no replicas to read from: the mode is disabled.") })
    .optional(),
});

const MOST_PARTS = 500;

/** Bytes travel as lists of integers. */
const parameterSchema = z.union(
  [z.null(), z.number(), z.string(), z.boolean(), z.array(z.int().min(0).max(255))],
  "A parameter is null, a number, text, true, false or bytes as an array of integers from 0 to 255.",
);
const partSchema = z.object({
  sql: z.string("Give an SQL statement as sql."),
  params: z
    .array(parameterSchema, "params is a list.")
    .nullish()
    .transform((params) => params ?? []),
});
const batchSchema = z.object({
  batch: z
    .tuple([partSchema], partSchema, "A batch is a list of {sql, params}.")
    .refine((parts) => parts.length <= MOST_PARTS, `A batch has at most ${MOST_PARTS} parts.`),
});

/** One statement list, or a batch of them: always the parts of one transaction. */
export const d1QuerySchema = z
  .unknown()
  .transform((body) =>
    typeof body === "object" && body !== null && "batch" in body
      ? batchSchema.parse(body).batch
      : ([partSchema.parse(body)] as const),
  );
export const D1_QUERY_LIMIT_BYTES = 8 * 1024 * 1024;

const countText = (max: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/, "Give a whole number.")
    .transform(Number)
    .pipe(z.int().min(1, "At least 1.").max(max, `At most ${max}.`));

export const d1PageSchema = z.object({
  page: countText(1_000_000).default(1),
  per_page: countText(10_000).default(1000),
  name: z.string().max(64).optional(),
});

/** A time as D1 takes one: ISO with an offset, and of numbers ten digits or fewer are seconds, more are milliseconds. */
export function parseD1Timestamp(text: string): number {
  if (!/^\d{1,16}$/.test(text)) return parseTimestamp(text);
  return parseTimestamp(text.length <= 10 ? Number(text) * 1000 : Number(text));
}

/** The moment that an address names; null for now. */
export function toD1Moment(query: URLSearchParams): { bookmark: string } | { timestampMs: number } | null {
  const [bookmark, timestamp] = [query.get("bookmark"), query.get("timestamp")];
  if (bookmark !== null && timestamp !== null) {
    throw new LastgoodError("invalid_input", "Two moments were given: bookmark and timestamp.", {
      field: "bookmark",
      hint: "Give one of them.",
    });
  }
  if (bookmark !== null) return { bookmark };
  return timestamp === null ? null : { timestampMs: parseD1Timestamp(timestamp) };
}
