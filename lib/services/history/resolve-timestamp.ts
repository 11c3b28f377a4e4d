import { LastgoodError } from "../../domain/errors.ts";
import type { ResolvedMoment } from "../../domain/moment.ts";
import { explainSeconds } from "../../domain/parse-timestamp.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { DatabaseRow } from "../databases/find-database.ts";

/** The newest commit at or before a time, Unix milliseconds. Throws the engine's refusals, which name the nearest moments. */
export async function resolveTimestamp(database: DatabaseRow, timestampMs: number): Promise<ResolvedMoment> {
  try {
    return await askAgentOf(database, "resolve", { databaseId: database.id, at: { timestampMs } });
  } catch (error) {
    throw error instanceof LastgoodError ? explainSeconds(error, timestampMs) : error;
  }
}
