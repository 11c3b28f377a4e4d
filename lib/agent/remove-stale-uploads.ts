import { readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";

const KEPT_DAYS = 8;

/**
 * Removes what earlier runs of the agent left in its folder of uploads: those that broke off when it died, and whole ones
 * that no job has taken for days. To be called before uploads are taken.
 */
export function removeStaleUploads(directory: string, nowMs: number): void {
  for (const name of readdirSync(directory)) {
    const file = path.join(directory, name);
    const isOld = name.endsWith(".upload") && statSync(file).mtimeMs < nowMs - KEPT_DAYS * 86_400_000;
    if (isOld || name.endsWith(".part")) rmSync(file, { force: true });
  }
}
