import { z } from "zod";
import { LastgoodError } from "./errors.ts";
import { cronSchema, retentionDaysSchema, zoneSchema } from "./schedule.ts";

/** Where the routes of the backup block are unless its configuration says otherwise, and where the console itself has them. */
export const DEFAULT_BASE_PATH = "/admin/backup";
/** The schedule that the block's configuration makes. */
export const BLOCK_SCHEDULE = "backup-block";

/** What the console and its other routes need for themselves. */
const TAKEN = /^\/(api|v1|client|_next)(\/|$)/;

const basePathSchema = z
  .string()
  .regex(
    /^(\/[A-Za-z0-9][A-Za-z0-9._~-]*)+\/?$/,
    "basePath begins with a slash and is made of letters, digits and . _ ~ -",
  )
  .refine((path) => !TAKEN.test(path), "basePath may not begin with /api, /v1, /client or /_next.")
  .transform((path) => path.replace(/\/$/, ""));

const scheduleSchema = z.strictObject({
  enabled: z.boolean().default(false),
  cron: cronSchema.default("0 2 * * *"),
  /** In which the cron expression is read. */
  zone: zoneSchema.default("UTC"),
  retentionDays: retentionDaysSchema.default(30),
});

const blockSchema = z.strictObject({
  enabled: z.boolean().default(false),
  basePath: basePathSchema.default(DEFAULT_BASE_PATH),
  storagePath: z.string().min(1).max(4096).default("./backups"),
  format: z.literal("json", 'format is "json".').default("json"),
  maxBackups: z.number().int("maxBackups is a whole number.").min(1).max(10_000).default(50),
  /** False unless it is set: a restore must never happen because nobody thought of it. */
  allowRestore: z.boolean().default(false),
  excludeTables: z.array(z.string().min(1).max(200)).max(1000).default(["audit_logs", "backup_logs"]),
  schedule: scheduleSchema.prefault({}),
  /** `namespace/name`; needed where there is more than one project database. */
  database: z
    .string()
    .regex(/^[^/\s]+\/[^/\s]+$/, "database is namespace/name.")
    .optional(),
});

/** Other blocks may stand in the same file; they are none of ours. */
const fileSchema = z.object({ backup: blockSchema });

/** The backup block as its configuration file has it. */
export type BackupBlock = z.output<typeof blockSchema>;

/** Reads such a file's text. Throws `invalid_input` that names file and key. */
export function parseBackupBlock(text: string, file: string): BackupBlock {
  const parsed = fileSchema.safeParse(readJson(text, file));
  if (parsed.success) return parsed.data.backup;
  const issue = parsed.error.issues[0];
  const key = issue?.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]].join(".") : issue?.path.join(".");
  throw new LastgoodError("invalid_input", `${file}: ${key ?? "its content"}: ${issue?.message ?? "is not usable."}`, {
    field: "LASTGOOD_BACKUP_CONFIG",
    hint: `Correct ${key ?? "it"} in that file and start again.`,
  });
}

/**
 * The address under which the console itself knows what a caller asked for below the block's base path; null where there is nothing:
 * the console's own path once another one was chosen.
 * @param url path and query
 */
export function toBlockUrl(url: string, basePath: string): string | null {
  const isBelow = (base: string) => url.startsWith(base) && /^$|^[/?]/.test(url.slice(base.length));
  if (isBelow(basePath)) return `${DEFAULT_BASE_PATH}${url.slice(basePath.length)}`;
  return isBelow(DEFAULT_BASE_PATH) ? null : url;
}

function readJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new LastgoodError("invalid_input", `${file} is no JSON: ${error.message}`, {
      field: "LASTGOOD_BACKUP_CONFIG",
      hint: "Correct that file and start again.",
    });
  }
}
