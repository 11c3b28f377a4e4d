import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { readJsonFile } from "../../../storage/read-json-file.ts";

const schema = z.object({ capturedThroughMs: z.number().int().nonnegative() });
const FILE = "through.json";

/**
 * Up to which time of the server's clock everything committed is in the history, as the receiver last wrote it down (every few
 * seconds): never too late, perhaps a little early. Null while that is not known.
 */
export function readCapturedThrough(directory: string): number | null {
  const parsed = schema.safeParse(readJsonFile(path.join(directory, FILE)));
  return parsed.success ? parsed.data.capturedThroughMs : null;
}

/** What a crash may take back: the next look writes it anew. */
export function writeCapturedThrough(directory: string, capturedThroughMs: number): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, FILE);
  writeFileSync(`${file}.new`, JSON.stringify(schema.parse({ capturedThroughMs })), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
