import { readdirSync } from "node:fs";
import path from "node:path";

/**
 * The first symbolic link below a folder; null where there is none. It follows none: Node's own recursive listing does, and so would
 * go through whatever a link leads to.
 */
export function findLink(directory: string): string | null {
  for (const one of readdirSync(directory, { withFileTypes: true })) {
    const full = path.join(directory, one.name);
    if (one.isSymbolicLink()) return full;
    const within = one.isDirectory() ? findLink(full) : null;
    if (within !== null) return within;
  }
  return null;
}
