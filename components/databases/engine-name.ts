import type { DatabaseView } from "../../lib/client/api-types.ts";

/** What a database is, by name: `SQLite`, `PostgreSQL 15`. */
export function engineName({ engine, serverVersion }: Pick<DatabaseView, "engine" | "serverVersion">): string {
  if (engine === "sqlite") return "SQLite";
  return serverVersion === null ? "PostgreSQL" : `PostgreSQL ${serverVersion}`;
}
