import { readFileSync } from "node:fs";
import { z } from "zod";

/** The part of a backup's manifest that is needed. https://www.postgresql.org/docs/current/backup-manifest-format.html */
const manifestSchema = z.object({
  "PostgreSQL-Backup-Manifest-Version": z.number().int(),
  Files: z.array(z.object({ Size: z.number().int().nonnegative() })),
  "WAL-Ranges": z
    .array(z.object({ Timeline: z.number().int().positive(), "Start-LSN": z.string(), "End-LSN": z.string() }))
    .min(1),
});

export type ManifestFacts = {
  timeline: number;
  startLsn: string;
  stopLsn: string;
  /** Bytes of all files as they lie in the data directory. */
  clusterBytes: number;
  files: number;
};

/** What a `backup_manifest` says of its backup. Throws where it is none, or is cut off. */
export function readManifest(file: string): ManifestFacts {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  const ranges = manifest["WAL-Ranges"];
  const last = ranges.at(-1) ?? ranges[0];
  return {
    timeline: last?.Timeline ?? 0,
    startLsn: ranges[0]?.["Start-LSN"] ?? "",
    stopLsn: last?.["End-LSN"] ?? "",
    clusterBytes: manifest.Files.reduce((sum, { Size }) => sum + Size, 0),
    files: manifest.Files.length,
  };
}
