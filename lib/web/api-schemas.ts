import { z } from "zod";
import { regionSchema } from "../domain/enrolment.ts";
import { LastgoodError } from "../domain/errors.ts";
import type { Moment } from "../domain/moment.ts";
import { databaseNameSchema, labelSchema, windowDaysSchema } from "../domain/names.ts";
import { parseConnectionString } from "../domain/parse-connection-string.ts";
import { parseTimestamp, parseTimestampText } from "../domain/parse-timestamp.ts";
import { parseRestoreSource } from "../domain/restore-source.ts";
import { MOST_FENCE_SECONDS } from "../domain/restore-stages.ts";
import type { DatabaseSource } from "../services/databases/create-database.ts";

/** What our routes and server actions take. Unknown fields are refused: a misspelt one must not go unnoticed. */
const pathSchema = z.string().min(1, "Give the file's path.").max(4096, "This path is too long.");

/** Nothing that is deeply nested travels on. */
const isFlat = (value: unknown, depth = 3): boolean =>
  typeof value !== "object" ||
  value === null ||
  (depth > 0 && Object.values(value).every((inner) => isFlat(inner, depth - 1)));

/** Their types are for `parseRestoreSource` to check, which takes exactly one: its refusals name the nearest moments. */
export const restoreSourceFields = {
  snapshotId: z
    .custom<string>((value) => isFlat(value), "A snapshot's id.")
    .meta({ type: "string" })
    .optional(),
  bookmark: z
    .custom<string>((value) => isFlat(value), "A bookmark.")
    .meta({ type: "string" })
    .optional(),
  timestamp: z
    .custom<number | string>((value) => isFlat(value), "Unix milliseconds, or RFC 3339.")
    .meta({ type: ["integer", "string"], description: "Unix milliseconds, or RFC 3339 with an offset." })
    .optional(),
  backupKey: z
    .custom<string>((value) => isFlat(value), "A backup's key.")
    .meta({ type: "string" })
    .optional(),
} as const;

/** What may go on around a restore in place. */
export const aroundFields = {
  fenceSeconds: z
    .int("Writes are held for a whole number of seconds.")
    .min(5, "Writes are held for at least 5 seconds.")
    .max(MOST_FENCE_SECONDS, `Writes are held for at most ${MOST_FENCE_SECONDS} seconds.`)
    .optional(),
  runHooks: z.boolean().optional(),
} as const;

/** What is to be checked of a restored state, beside what always is. */
export const checksFields = {
  checks: z.strictObject({ amcheck: z.boolean("amcheck is true or false.").optional() }).optional(),
} as const;

export const restoreSourceSchema = z.strictObject(restoreSourceFields);

export const labelBodySchema = z.strictObject({ label: labelSchema });

const newRegion = regionSchema
  .optional()
  .meta({ description: "Where it is to be; left out: with the agent that takes what is made at this console." });
export const preflightBodySchema = z.strictObject({ path: pathSchema, region: newRegion });
/** An upload goes to the agent that makes the database of it. */
export const uploadQuerySchema = z.strictObject({ region: newRegion });

/** What can be changed of a database; at least one of them. */
export const updateDatabaseFields = {
  name: databaseNameSchema.optional(),
  windowDays: windowDaysSchema.optional(),
  zeroLoss: z.boolean("zeroLoss is true or false.").optional(),
};
export const updateDatabaseSchema = z
  .strictObject(updateDatabaseFields)
  .refine((body) => Object.values(body).some((value) => value !== undefined), "Give a name, windowDays or zeroLoss.");

/** Whether a database is answered with its connection string, where there is one. */
export const databaseQuerySchema = z.object({
  connectionString: z.enum(["true", "false"], "connectionString is true or false.").default("true"),
});

/** A name is needed where the deleted one is taken by now. */
export const undeleteBodySchema = z.strictObject({ name: databaseNameSchema.optional() });

export const createDatabaseSchema = z.strictObject({
  name: databaseNameSchema,
  engine: z.enum(["sqlite", "postgres"], { error: 'The engine is "sqlite" or "postgres".' }),
  attach: z.strictObject({ path: pathSchema }).optional(),
  connect: z.strictObject({ connectionString: z.string("Give a connection string.").max(4096) }).optional(),
  uploadId: z.uuid("This is not an upload's id.").optional(),
  sample: z.boolean().optional(),
  windowDays: windowDaysSchema.optional(),
  region: newRegion,
});

const ORIGINS = { attach: "sqlite", connect: "postgres", uploadId: "sqlite", sample: "sqlite" } as const;

/** Where a new database comes from: at most one of attach, connect, uploadId and sample; none makes an empty hosted one. */
export function toDatabaseSource(body: z.output<typeof createDatabaseSchema>): DatabaseSource {
  const given = (Object.keys(ORIGINS) as (keyof typeof ORIGINS)[]).filter((origin) => body[origin]);
  const [origin, another] = given;
  if (another) {
    throw new LastgoodError("invalid_input", `Several origins were given: ${given.join(", ")}.`, {
      field: another,
      hint: `Give at most one of ${Object.keys(ORIGINS).join(", ")}.`,
    });
  }
  if (origin && ORIGINS[origin] !== body.engine) {
    throw new LastgoodError("invalid_input", `${origin} is not for the engine ${body.engine}.`, {
      field: origin,
      hint: `Use the engine "${ORIGINS[origin]}", or leave ${origin} out.`,
    });
  }
  if (body.connect) {
    const { connectionString } = body.connect;
    return { how: "connect", connection: parseConnectionString(connectionString, "connect.connectionString") };
  }
  if (body.engine === "postgres") return { how: "hosted", engine: "postgres" };
  if (body.attach) return { how: "attach", path: body.attach.path };
  if (body.uploadId) return { how: "upload", uploadId: body.uploadId };
  return body.sample ? { how: "sample" } : { how: "hosted" };
}

export const momentQuerySchema = z.object({ timestamp: z.string().optional(), bookmark: z.string().optional() });

/** A moment out of an address: `timestamp`, `bookmark`, or null for now; not both. */
export function toMoment({ timestamp, bookmark }: z.output<typeof momentQuerySchema>): Moment | null {
  if (timestamp !== undefined && bookmark !== undefined) {
    throw new LastgoodError("invalid_input", "Two moments were given: timestamp and bookmark.", {
      field: "bookmark",
      hint: "Give one of them, or none for now.",
    });
  }
  if (bookmark !== undefined) return { bookmark };
  return timestamp === undefined ? null : { timestampMs: parseTimestampText(timestamp) };
}

const timeText = (field: string) =>
  z
    .string()
    .max(64)
    .transform((text) => parseTimestampText(text, field));
const count = (max: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, "Give a whole number.")
    .transform(Number)
    .pipe(z.int().max(max, `At most ${max}.`));

/** A stretch of time, both ends given. */
function stretch<Query extends { from: number; to: number }>({ from, to, ...rest }: Query) {
  if (to <= from) {
    throw new LastgoodError("invalid_input", "The stretch ends before it begins.", {
      field: "to",
      hint: "Give a later end.",
    });
  }
  return { fromMs: from, toMs: to, ...rest };
}

export const densityQuerySchema = z
  .object({ from: timeText("from"), to: timeText("to"), buckets: count(2000).pipe(z.int().min(1, "At least 1.")) })
  .transform(stretch);

export const marksQuerySchema = z
  .object({
    from: timeText("from"),
    to: timeText("to"),
    limit: count(500).pipe(z.int().min(1, "At least 1.")).default(200),
  })
  .transform(stretch);

export const commitsQuerySchema = z
  .object({ at: timeText("at").optional(), before: count(500).default(50), after: count(500).default(50) })
  .transform(({ at, before, after }) => ({ timeMs: at ?? parseTimestamp(Date.now()), before, after }));

/** Null, number, text, boolean or bytes: nothing that is deeply nested ever travels on to the agent. */
const sqlParameterSchema = z.union(
  [z.null(), z.number(), z.string(), z.boolean(), z.array(z.int().min(0).max(255))],
  "A parameter is null, a number, text, true, false or bytes as an array of integers from 0 to 255.",
);

const queryFields = {
  sql: z.string().min(1, "Give an SQL statement.").max(100_000, "An SQL text has at most 100,000 characters."),
  params: z.array(sqlParameterSchema).max(32_766, "At most 32,766 parameters.").optional(),
};

export const queryBodySchema = z.strictObject(queryFields);

const { bookmark, timestamp } = restoreSourceFields;
/** The moment's types are for `toViewMoment` to check, whose refusals name the nearest moments. */
export const viewBodySchema = z.strictObject({ at: z.strictObject({ bookmark, timestamp }), ...queryFields });

/** The moment that a view shows: exactly one of both, `timestamp` as Unix milliseconds or RFC 3339. */
export function toViewMoment(at: z.output<typeof viewBodySchema>["at"]): Moment {
  if ((at.bookmark === undefined) === (at.timestamp === undefined)) {
    throw new LastgoodError("invalid_input", "A view shows exactly one moment.", {
      field: at.bookmark === undefined ? "timestamp" : "bookmark",
      hint: "Give either bookmark or timestamp.",
    });
  }
  const source = parseRestoreSource({ ...at, snapshotId: undefined, backupKey: undefined });
  return source.kind === "timestamp" ? { timestampMs: source.timestampMs } : { bookmark: at.bookmark ?? "" };
}
