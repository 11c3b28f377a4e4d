import path from "node:path";
import type { HealthView } from "../../client/api-types.ts";
import type { MetricFamily, MetricSample } from "../../domain/metrics.ts";
import type { Env } from "../../env.ts";
import { gauge } from "./gauge.ts";
import { readRunRecord } from "./read-run-record.ts";

/**
 * Which processes run, which parts are ready, and how often each was started again.
 * @param health null where even that could not be told in time
 */
export function processFamilies(env: Env, health: HealthView | null): MetricFamily[] {
  const record = readRunRecord(path.join(env.paths.run, "supervisor.json"));
  const perPart = Object.entries(health?.parts ?? {}).map(
    ([part, state]): MetricSample => ({ labels: { part }, value: state === "ready" ? 1 : 0 }),
  );
  const names = [...new Set([...Object.keys(record.children), ...Object.keys(record.restarts)])].sort();
  const perProcess = (figureOf: (name: string) => number) =>
    names.map((name): MetricSample => ({ labels: { process: name }, value: figureOf(name) }));
  return [
    gauge("lastgood_ready", "Whether everything is ready, as /api/health says.", health?.ready ? 1 : 0),
    {
      name: "lastgood_part_ready",
      type: "gauge",
      help: "Whether console, agent, keeper, spare keeper, reader and receiver of this machine are ready.",
      samples: perPart,
    },
    {
      name: "lastgood_process_up",
      type: "gauge",
      help: "Whether a process of this machine runs.",
      samples: perProcess((name) => (record.children[name] === undefined ? 0 : 1)),
    },
    {
      name: "lastgood_process_restarts",
      type: "counter",
      help: "How often a process that had ended by itself was started again, since Lastgood's own start.",
      samples: perProcess((name) => record.restarts[name] ?? 0),
    },
  ];
}
