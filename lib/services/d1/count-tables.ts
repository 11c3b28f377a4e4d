import { LastgoodError } from "../../domain/errors.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { DatabaseRow } from "../databases/find-database.ts";

const SQL =
  "SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
const TIMEOUT_MS = 10_000;

/** How many tables a database has; null when it cannot be asked just now. */
export async function countTables(row: DatabaseRow): Promise<number | null> {
  const { id: databaseId } = row;
  try {
    const { resultsJson } =
      row.origin === "hosted"
        ? await askAgentOf(row, "query", { databaseId, sql: SQL, readOnly: true, isUncounted: true }, TIMEOUT_MS)
        : await askAgentOf(
            row,
            "view",
            { databaseId, at: await askAgentOf(row, "current", { databaseId }), sql: SQL },
            TIMEOUT_MS,
          );
    const [first] = JSON.parse(resultsJson) as { results: { tables: number }[] }[];
    return first?.results[0]?.tables ?? null;
  } catch (error) {
    if (error instanceof LastgoodError) return null;
    throw error;
  }
}
