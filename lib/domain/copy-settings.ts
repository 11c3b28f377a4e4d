import { z } from "zod";
import { LastgoodError } from "./errors.ts";

const text = z
  .string()
  .optional()
  .transform((value) => (value === undefined || value === "" ? null : value));

/** The variables that say where second copies are kept. */
export const COPY_VARIABLES = {
  LASTGOOD_COPY_BUCKET: text,
  LASTGOOD_COPY_ENDPOINT: text.pipe(
    z.url({ protocol: /^https?$/, error: "is an address like https://s3.example.com." }).nullable(),
  ),
  LASTGOOD_COPY_REGION: z.string().default("us-east-1"),
  LASTGOOD_COPY_PREFIX: text.pipe(
    z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._=/-]*$/, "is letters, digits and . _ = - /, like lastgood/ or machines/one.")
      .nullable(),
  ),
  LASTGOOD_COPY_ACCESS_KEY: text,
  LASTGOOD_COPY_SECRET_KEY: text,
  LASTGOOD_COPY_KEYS: text,
  LASTGOOD_COPY_SEALED: z.enum(["on", "off"], "is on or off.").default("on"),
  LASTGOOD_COPY_LOCK_DAYS: z.coerce
    .number("is a whole number of days.")
    .int("is a whole number of days.")
    .min(0, "is 0 or more days.")
    .max(3650, "is at most 3650 days.")
    .default(0),
  LASTGOOD_COPY_AS_OF: text.pipe(
    z.iso
      .datetime({ offset: true, error: "is a time with its offset, like 2026-03-01T09:00:00Z." })
      .transform((time) => Date.parse(time))
      .nullable(),
  ),
} as const;

/** Where second copies are kept, and how. */
export type CopySettings = {
  bucket: string;
  /** Null: AWS itself. */
  endpoint: string | null;
  region: string;
  /** Begins every key; ends with a slash or is "". */
  prefix: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** The file with the keys that they are sealed with; null: they are not, and the operator said so. */
  keysFile: string | null;
  /** For so long nobody can remove or change what was shipped, where the bucket has object lock; 0: not asked for. */
  lockDays: number;
  /** Only for bringing back: what the bucket held at that time, Unix milliseconds, if it keeps versions; null: what it holds now. */
  asOfMs: number | null;
};

const schema = z.object(COPY_VARIABLES);
export type CopyVariables = z.output<typeof schema>;

/**
 * What these variables say together; null where no bucket is named.
 * @param usualKeys what LASTGOOD_STORAGE_KEYS names: it counts where LASTGOOD_COPY_KEYS is not set
 */
export function copySettingsOf(values: CopyVariables, usualKeys: string | null): CopySettings | null {
  const bucket = values.LASTGOOD_COPY_BUCKET;
  if (bucket === null) return null;
  const { LASTGOOD_COPY_ACCESS_KEY: accessKeyId, LASTGOOD_COPY_SECRET_KEY: secretAccessKey } = values;
  if (accessKeyId === null)
    throw missing("LASTGOOD_COPY_ACCESS_KEY", "Second copies have a bucket, and no access key.");
  if (secretAccessKey === null) {
    throw missing("LASTGOOD_COPY_SECRET_KEY", "Second copies have a bucket, and no secret of their access key.");
  }
  const isSealed = values.LASTGOOD_COPY_SEALED === "on";
  const keysFile = isSealed ? (values.LASTGOOD_COPY_KEYS ?? usualKeys) : null;
  if (isSealed && keysFile === null) {
    throw missing(
      "LASTGOOD_COPY_KEYS",
      "Second copies would leave this machine unsealed.",
      "Write a key (openssl rand -base64 32) to a file, let LASTGOOD_COPY_KEYS name it, and keep a copy of it elsewhere: without it nothing can be brought back. LASTGOOD_COPY_SEALED=off ships them as they are.",
    );
  }
  const prefix = values.LASTGOOD_COPY_PREFIX?.replace(/\/*$/, "/") ?? "";
  return {
    bucket,
    endpoint: values.LASTGOOD_COPY_ENDPOINT,
    region: values.LASTGOOD_COPY_REGION,
    prefix,
    accessKeyId,
    secretAccessKey,
    keysFile,
    lockDays: values.LASTGOOD_COPY_LOCK_DAYS,
    asOfMs: values.LASTGOOD_COPY_AS_OF,
  };
}

/** The same from an environment or from options under the same names. Throws `invalid_input` naming the variable. */
export function readCopySettings(source: Record<string, string | undefined>): CopySettings | null {
  const parsed = schema.safeParse(source);
  if (parsed.success) return copySettingsOf(parsed.data, source.LASTGOOD_STORAGE_KEYS || null);
  const [issue] = parsed.error.issues;
  const name = issue?.path.join(".") ?? "";
  throw missing(name, `${name} ${issue?.message ?? "is not usable."}`);
}

function missing(name: string, message: string, hint = `Set ${name} in the environment and start again.`) {
  return new LastgoodError("invalid_input", message, { field: name, hint });
}
