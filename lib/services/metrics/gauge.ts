import type { MetricFamily } from "../../domain/metrics.ts";

/** A figure without labels. */
export function gauge(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: "gauge", samples: [{ labels: {}, value }] };
}
