import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Arguments of every process of this machine that may be read. */
export function allArguments(): string {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch (error) {
        // It has ended meanwhile.
        if (error instanceof Error && "code" in error) return "";
        throw error;
      }
    })
    .join("\n");
}

/** Every file below a folder that holds a text. */
export function filesWith(folder: string, text: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => path.join(entry.parentPath, entry.name));
  return files.filter((file) => readFileSync(file).includes(text));
}
