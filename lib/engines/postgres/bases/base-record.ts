import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

/** The name of the record in a base backup's folder. */
export const BASE_RECORD = "base.json";
/** The server's own list of the files in it, with their checksums. */
export const MANIFEST = "backup_manifest";

/** A base backup as it was taken; `base.json` in its folder, written last: a base counts when that is there. */
const baseSchema = z.object({
  version: z.literal(1),
  label: z.string(),
  incarnation: z.number().int().positive(),
  timeline: z.number().int().positive(),
  /** Recovery begins here: log from here on is needed. */
  startLsn: z.string(),
  /** The state is consistent from here on. */
  stopLsn: z.string(),
  startedAtMs: z.number().int(),
  /** The server's clock at its end. */
  stoppedAtMs: z.number().int(),
  serverVersion: z.number().int(),
  files: z.array(z.object({ name: z.string(), sizeBytes: z.number().int(), sha256: z.string() })),
  /** Bytes of the whole cluster as it lies in the data directory. */
  clusterBytes: z.number().int(),
  /** Whether every page has a checksum of its own; left out: nobody asked. */
  pageChecksums: z.boolean().optional(),
});
export type BaseRecord = z.infer<typeof baseSchema>;
/** With the folder that holds it. */
export type KeptBase = BaseRecord & { directory: string };

/** The whole base backups of one incarnation's folder of bases, oldest first. What is unfinished or unreadable is none. */
export function listBases(bases: string): KeptBase[] {
  if (!existsSync(bases)) return [];
  const found = readdirSync(bases).flatMap((name): KeptBase[] => {
    const directory = path.join(bases, name);
    const file = path.join(directory, BASE_RECORD);
    if (!existsSync(file)) return [];
    const parsed = baseSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
    return parsed.success ? [{ ...parsed.data, directory }] : [];
  });
  return found.sort((a, b) => a.stoppedAtMs - b.stoppedAtMs);
}
