import path from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Tells a metadata file that was brought back to another place, and that nobody has open, where hosted files of SQLite lie now.
 * @param hosted absolute path of their folder
 */
export function placeHostedFiles(file: string, hosted: string): void {
  const connection = new DatabaseSync(file);
  try {
    const rows = connection
      .prepare(`SELECT "id" FROM "Database" WHERE "engine" = 'sqlite' AND "origin" = 'hosted'`)
      .all();
    const place = connection.prepare(`UPDATE "Database" SET "path" = ? WHERE "id" = ?`);
    for (const { id } of rows) place.run(path.join(hosted, `${String(id)}.db`), String(id));
  } finally {
    connection.close();
  }
}
