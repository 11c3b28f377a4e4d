import { askAgent } from "../../agent/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { ResolvedMoment } from "../../domain/moment.ts";
import { explainSeconds } from "../../domain/parse-timestamp.ts";

/** The newest commit at or before a time, Unix milliseconds. Throws the engine's refusals, which name the nearest moments. */
export async function resolveTimestamp(databaseId: string, timestampMs: number): Promise<ResolvedMoment> {
  try {
    return await askAgent("resolve", { databaseId, at: { timestampMs } });
  } catch (error) {
    throw error instanceof LastgoodError ? explainSeconds(error, timestampMs) : error;
  }
}
