import type { MetricFamily } from "../../domain/metrics.ts";
import { ownVersion } from "../agents/own-version.ts";

/** Which Lastgood this is. */
export function buildFamilies(): MetricFamily[] {
  return [
    {
      name: "lastgood_build",
      type: "info",
      help: "The version of Lastgood, and of the Node that runs it.",
      samples: [{ labels: { version: ownVersion(), node: process.versions.node }, value: 1 }],
    },
  ];
}
