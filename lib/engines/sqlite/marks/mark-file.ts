import path from "node:path";

/** The file of a database's marks below the folder of temporary files: it can be removed at any time, and is made anew then. */
export function markFile(temporary: string, databaseId: string): string {
  return path.join(temporary, "marks", databaseId);
}
