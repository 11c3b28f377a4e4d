import { chmodSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";

/** Makes a folder, and those above it that are missing, which any user can pass through and nobody else can look into. */
export function makeReachableFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeReachableFolder(path.dirname(folder));
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  // Whatever the umask takes away: without that right its servers could not enter what is theirs.
  chmodSync(folder, 0o711);
}
