import { z } from "zod";
import { regionSchema } from "../domain/enrolment.ts";
import { LastgoodError } from "../domain/errors.ts";
import { databaseNameSchema, remarkSchema } from "../domain/names.ts";
import { parseRestoreSource } from "../domain/restore-source.ts";
import type { CopyMoment } from "../services/second-copy/bring-back.ts";
import { restoreSourceFields } from "./api-schemas.ts";

const region = regionSchema
  .optional()
  .meta({ description: "Whose agent reads the bucket; left out: the one that takes what is made here." });

export const copiesQuerySchema = z.strictObject({ region });

const { timestamp, bookmark } = restoreSourceFields;

/** Where to a copy is brought back: neither time nor bookmark is its newest commit. */
export const bringBackFields = {
  timestamp,
  bookmark,
  name: databaseNameSchema
    .optional()
    .meta({ description: "Left out: the name that the database had, while it is free." }),
  region,
  reason: remarkSchema.optional(),
};
export const bringBackSchema = z.strictObject(bringBackFields);

/** The moment that was asked for; null: the newest commit. Throws `invalid_input` for two of them, `invalid_moment`. */
export function toCopyMoment({ timestamp, bookmark }: { timestamp?: unknown; bookmark?: unknown }): CopyMoment {
  if (timestamp === undefined && bookmark === undefined) return null;
  const source = parseRestoreSource({ timestamp, bookmark, snapshotId: undefined, backupKey: undefined });
  if (source.kind === "timestamp") return { timestampMs: source.timestampMs };
  if (source.kind === "bookmark" && source.bookmark !== "") return { bookmark: source.bookmark };
  throw new LastgoodError("invalid_moment", "This is no bookmark.", { field: "bookmark", hint: "Copy all of it." });
}
