import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { zstdDecompressSync } from "node:zlib";

/** Where the erasure of a cluster's history may die; see tests/integration/postgres-engine/erase.test.ts. */
export const CLUSTER_ERASE_POINTS = [
  "purge.numbers-kept",
  "purge.base-removed",
  "purge.incarnation-emptied",
  "purge.incarnation-removed",
  "purge.index-cut",
  "purge.log-removed",
] as const;

/** The files below some folders that hold some bytes, as they are or in what they hold compressed. */
export function clusterFilesWith(folders: readonly string[], needle: Buffer): string[] {
  return folders.flatMap((folder) => {
    const names = existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
    return names
      .map((name) => path.join(folder, name))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true && holds(file, needle));
  });
}

function holds(file: string, needle: Buffer): boolean {
  const bytes = readFileSync(file);
  return bytes.includes(needle) || (file.endsWith(".zst") && zstdDecompressSync(bytes).includes(needle));
}
