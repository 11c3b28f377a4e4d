import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { type Exposure, type LiveFacts, measureExposure } from "../../domain/exposure.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import { type ExposureScope, readStoredFacts, type StoredFacts } from "./read-facts.ts";

const PATIENCE_MS = 3_000;
/** As many as one question to an agent may be about. */
const A_QUESTION = 1_000;

export type MeasuredDatabase = { id: string; name: string; engine: string; origin: string; agentId: string };
/** Databases with what the metadata knows of each. */
export type KnownDatabases = { row: MeasuredDatabase; facts: StoredFacts }[];

/** What the metadata knows of these databases, all of which the scope covers. */
export async function readKnown(
  db: MetadataReader,
  scope: ExposureScope,
  rows: readonly MeasuredDatabase[],
  nowMs: number,
): Promise<KnownDatabases> {
  const factsOf = await readStoredFacts(db, scope, nowMs);
  return rows.map((row) => ({ row, facts: factsOf(row.id) }));
}

/** The exposure of each, in their order; each agent is asked once. Where one does not answer, what is kept elsewhere is known all the same. */
export async function measureKnown(
  known: KnownDatabases,
  nowMs: number,
  patienceMs = PATIENCE_MS,
): Promise<Exposure[]> {
  const byAgent = Map.groupBy(known, ({ row }) => row.agentId);
  const answers = await Promise.all([...byAgent].map(([agentId, owned]) => askAgent(agentId, owned, patienceMs)));
  const live = new Map(answers.flat().map((one) => [one.databaseId, one]));
  return known.map(({ row, facts }) =>
    measureExposure({ database: row, live: live.get(row.id) ?? null, ...facts, nowMs }),
  );
}

async function askAgent(
  agentId: string,
  owned: KnownDatabases,
  patienceMs: number,
): Promise<(LiveFacts & { databaseId: string })[]> {
  const asked = owned.map(({ row, facts }) => ({
    databaseId: row.id,
    bookmarks: [...new Set(facts.copies.flatMap(({ bookmark }) => bookmark ?? []))],
  }));
  const found = [];
  try {
    for (let from = 0; from < asked.length; from += A_QUESTION) {
      const databases = asked.slice(from, from + A_QUESTION);
      found.push(...(await askAgentOf({ agentId }, "exposure", { databases }, patienceMs)));
    }
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
  }
  return found;
}
