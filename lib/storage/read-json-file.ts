import { disk } from "./disk.ts";

/** What is in a JSON file that this program wrote; null where there is no such file. Throws the system's error else. */
export function readJsonFile<T>(file: string): T | null {
  try {
    return JSON.parse(disk.readFileSync(file, "utf8")) as T;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
