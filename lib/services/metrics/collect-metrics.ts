import { metadata } from "../../db/client.ts";
import type { MetricFamily } from "../../domain/metrics.ts";
import { readEnv } from "../../env.ts";
import { readHealth } from "../health/read-health.ts";
import { askAgents } from "./ask-agents.ts";
import { buildFamilies } from "./build-families.ts";
import { databaseFamilies } from "./database-families.ts";
import { exposureFamilies } from "./exposure-families.ts";
import { gauge } from "./gauge.ts";
import { processFamilies } from "./process-families.ts";
import { readDatabaseFacts } from "./read-database-facts.ts";
import { requireMetricsToken } from "./require-metrics-token.ts";
import { workFamilies } from "./work-families.ts";

/** The longest that a scrape waits for a store that does not answer; an agent has less. */
const STORE_PATIENCE_MS = 3000;
const AGENT_PATIENCE_MS = 2000;

/**
 * Every figure of this installation for the operator's monitoring. What is down is told by figures, never by a failure: without the
 * metadata there are those of processes alone, without an agent its databases are in the state `unknown`. Throws `not_found`
 * for whoever has not the operator's token.
 * @param authorization the header as it came
 * @param tell of what kept figures away
 */
export async function collectMetrics(
  authorization: string | null,
  tell: (error: unknown) => void,
): Promise<MetricFamily[]> {
  const env = readEnv();
  requireMetricsToken(authorization, env.metricsToken);
  const startedMs = performance.now();
  const [stored, health] = await Promise.all([
    within(STORE_PATIENCE_MS, readStored(), tell),
    within(STORE_PATIENCE_MS, readHealth(AGENT_PATIENCE_MS), tell),
  ]);
  return [
    ...buildFamilies(),
    ...processFamilies(env, health),
    gauge("lastgood_metadata_up", "Whether the metadata store answered in time.", stored ? 1 : 0),
    ...(stored ?? []),
    gauge("lastgood_scrape_duration_seconds", "How long these figures took.", (performance.now() - startedMs) / 1000),
  ];
}

async function readStored(): Promise<MetricFamily[]> {
  const nowMs = Date.now();
  const [facts, agents, work, exposure] = await Promise.all([
    readDatabaseFacts(metadata()),
    askAgents(metadata()),
    workFamilies(metadata(), nowMs),
    exposureFamilies(metadata(), nowMs, AGENT_PATIENCE_MS),
  ]);
  return [...databaseFamilies(facts, agents, nowMs), ...exposure, ...work];
}

/** Null when it failed, or did not end in time; it then ends by itself. */
async function within<T>(patienceMs: number, work: Promise<T>, tell: (error: unknown) => void): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), patienceMs);
  const orNull = work.catch((error: unknown) => {
    tell(error);
    return null;
  });
  try {
    return await Promise.race([orNull, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
