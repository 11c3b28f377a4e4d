import type { AgentVitals } from "../../agent/protocol.ts";
import type { MetricFamily, MetricLabels, MetricSample } from "../../domain/metrics.ts";
import type { AskedAgent } from "./ask-agents.ts";
import { gauge } from "./gauge.ts";
import type { DatabaseFacts } from "./read-database-facts.ts";

const STATES = ["starting", "base", "protected", "stopped", "unknown"] as const;
const DAY_SECONDS = 86_400;
type Vitals = AgentVitals["databases"][number];
type Known = { facts: DatabaseFacts; vitals: Vitals | null; labels: MetricLabels };

/** Figures of agents and of each database. A figure that nobody knows right now is left out, the state says `unknown`. */
export function databaseFamilies(
  { databases, omitted }: { databases: readonly DatabaseFacts[]; omitted: number },
  agents: readonly AskedAgent[],
  nowMs: number,
): MetricFamily[] {
  const told = new Map(
    agents.flatMap(({ vitals }) => vitals?.databases ?? []).map((one) => [one.status.databaseId, one]),
  );
  const known = databases.map((facts): Known => {
    const { namespace, name, engine, kind } = facts;
    return { facts, vitals: told.get(facts.id) ?? null, labels: { namespace, database: name, engine, kind } };
  });
  /** One sample for each database of which there is a figure. */
  const each = (name: string, help: string, figureOf: (one: Known) => number | null | undefined): MetricFamily => ({
    name: `lastgood_database_${name}`,
    help,
    type: "gauge",
    samples: known.flatMap((one): MetricSample[] => {
      const value = figureOf(one);
      return value === null || value === undefined ? [] : [{ labels: one.labels, value }];
    }),
  });
  const seconds = (ms: number | null | undefined) => (ms === null || ms === undefined ? null : ms / 1000);
  return [
    ...agentFamilies(agents),
    captureStates(known),
    each(
      "spare_held",
      "Whether both keepers hold the log: then no crash of one process makes a gap.",
      ({ vitals, facts }) => (vitals === null || facts.engine !== "sqlite" ? null : Number(vitals.status.spare)),
    ),
    each("lag_seconds", "For how long commits may exist that are not in the history yet.", ({ vitals }) =>
      vitals ? lagSeconds(vitals, nowMs) : null,
    ),
    each(
      "lag_bytes",
      "PostgreSQL: bytes of the log that are not in the history yet.",
      ({ vitals }) => vitals?.status.cluster?.lagBytes,
    ),
    each("last_commit_timestamp_seconds", "When the newest commit in the history was captured.", ({ vitals }) =>
      seconds(vitals?.status.last?.timeMs),
    ),
    each("window_start_timestamp_seconds", "The oldest moment that can be restored.", ({ vitals }) =>
      seconds(vitals?.window?.oldestMs),
    ),
    each(
      "window_promised_seconds",
      "How far back its policy promises to reach.",
      ({ facts }) => facts.windowDays * DAY_SECONDS,
    ),
    each("gaps", "Stretches of the window whose commits were merged into one.", ({ vitals }) => vitals?.window?.gaps),
    each(
      "damaged_stretches",
      "Stretches of the window that are stored damaged.",
      ({ vitals }) => vitals?.window?.damaged,
    ),
    each("history_bytes", "What its history takes on the agent's disk.", ({ vitals }) => vitals?.status.historyBytes),
    each("size_bytes", "The database itself.", ({ vitals }) => vitals?.status.databaseBytes),
    each("last_backup_timestamp_seconds", "When a backup of it last completed.", ({ facts }) =>
      seconds(facts.lastCompletedMs),
    ),
    each("last_failed_backup_timestamp_seconds", "When a backup of it last failed.", ({ facts }) =>
      seconds(facts.lastFailedMs),
    ),
    gauge("lastgood_databases", "Databases that are there.", databases.length + omitted),
    gauge("lastgood_databases_omitted", "Databases beyond the first 2000, of which there are no figures.", omitted),
  ];
}

/** A cluster says it itself; of a file the history is complete up to a moment. */
function lagSeconds({ status }: Vitals, nowMs: number): number | null {
  if (status.cluster) return status.cluster.lagMs === null ? null : status.cluster.lagMs / 1000;
  return status.capturedThroughMs === null ? null : Math.max(0, nowMs - status.capturedThroughMs) / 1000;
}

function captureStates(known: readonly Known[]): MetricFamily {
  return {
    name: "lastgood_database_capture_state",
    type: "gauge",
    help: "1 for the state that capture is in, 0 for the others; unknown while the agent does not answer.",
    samples: known.flatMap(({ labels, vitals }) =>
      STATES.map((state) => ({
        labels: { ...labels, state },
        value: state === (vitals?.status.state ?? "unknown") ? 1 : 0,
      })),
    ),
  };
}

function agentFamilies(agents: readonly AskedAgent[]): MetricFamily[] {
  const labelsOf = ({ id, region }: AskedAgent) => ({ agent: id, region });
  const ofDisk = (name: string, help: string, figureOf: (disk: AgentVitals["disk"]) => number): MetricFamily => ({
    name,
    help,
    type: "gauge",
    samples: agents.flatMap((agent) =>
      agent.vitals ? [{ labels: labelsOf(agent), value: figureOf(agent.vitals.disk) }] : [],
    ),
  });
  return [
    {
      name: "lastgood_agent_up",
      type: "gauge",
      help: "Whether an agent answered within two seconds.",
      samples: agents.map((agent) => ({ labels: labelsOf(agent), value: agent.vitals ? 1 : 0 })),
    },
    ofDisk("lastgood_disk_free_bytes", "Room on the disk of an agent's data directory.", ({ freeBytes }) => freeBytes),
    ofDisk("lastgood_disk_size_bytes", "Size of the disk of an agent's data directory.", ({ sizeBytes }) => sizeBytes),
  ];
}
