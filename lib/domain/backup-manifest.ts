import { z } from "zod";

const count = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What is written last of a backup, as `manifest.json` beside its body: a backup exists when this does. Times are Unix milliseconds. */
export const backupManifestSchema = z.object({
  version: z.literal(1),
  backupId: z.uuid(),
  key: z.string().min(1),
  databaseId: z.uuid(),
  databaseName: z.string(),
  engine: z.string(),
  kind: z.enum(["physical", "portable"]),
  /** What the bytes are, in the engine's words. */
  format: z.string(),
  bookmark: z.string(),
  timeMs: count,
  label: z.string().nullable(),
  createdAtMs: count,
  body: z.object({
    /** Of the object beside the manifest. */
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
    /** Stored bytes before any seal, and those that they unpack to. */
    sizeBytes: count,
    rawBytes: count,
    sha256,
    storedSha256: sha256,
    /** Each frame unpacks to so many bytes, the last one to the rest. */
    frameBytes: z
      .number()
      .int()
      .min(1)
      .max(1 << 26),
    /** Stored bytes of each frame, in order. */
    frames: z.array(z.number().int().min(1)),
  }),
  /** Of a physical one. */
  pageSizeBytes: count.optional(),
  pageCount: count.optional(),
  /** Of a portable one. */
  tables: count.optional(),
  rows: count.optional(),
  schema: z.string().nullable().optional(),
  excludeTables: z.array(z.string()).nullable().optional(),
});

export type BackupManifest = z.output<typeof backupManifestSchema>;
export type BackupBody = BackupManifest["body"];

export const MANIFEST_NAME = "manifest.json";
