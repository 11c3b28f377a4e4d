import { z } from "zod";
import { DIFF_KINDS, type DiffKind } from "../domain/diff.ts";
import type { Moment } from "../domain/moment.ts";
import { parseTimestampText } from "../domain/parse-timestamp.ts";

/** A moment as an address names it: a bookmark, else a time. */
const BOOKMARK_SHAPE = /^[0-9a-f]{8}-/;
const DEFAULT_ROWS = 100;

const moment = (field: string) =>
  z
    .string({ error: `Give ${field}: a bookmark or Unix milliseconds.` })
    .max(80, "This is neither a bookmark nor a time.")
    .transform((text): Moment => {
      return BOOKMARK_SHAPE.test(text) ? { bookmark: text } : { timestampMs: parseTimestampText(text, field) };
    });

const ends = { from: moment("from"), to: moment("to").nullable().default(null) };

const kinds = z
  .string()
  .max(100)
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(DIFF_KINDS, "A kind is removed, changed or added.")).min(1));

export const diffQuerySchema = z.strictObject(ends);

export const diffRowsQuerySchema = z
  .strictObject({
    ...ends,
    table: z.string({ error: "Give the table's name." }).min(1, "Give the table's name.").max(1000),
    kinds: kinds.default(() => [...DIFF_KINDS]),
    after: z.string().max(100_000).nullable().default(null),
    limit: z
      .string()
      .regex(/^\d{1,3}$/, "Give a whole number from 1 to 500.")
      .transform(Number)
      .pipe(z.int().min(1, "At least 1.").max(500, "At most 500."))
      .default(DEFAULT_ROWS),
  })
  .transform(({ from, to, ...wanted }) => ({
    moments: { from, to },
    wanted: { ...wanted, kinds: wanted.kinds as readonly DiffKind[] },
  }));
