import { describe, expect, it } from "vitest";
import {
  type MetricFamily,
  wantsPrometheusText,
  writeOpenMetrics,
  writePrometheusText,
} from "../../lib/domain/metrics.ts";

const gaugeOf = (database: string): MetricFamily => ({
  name: "lastgood_database_lag_seconds",
  type: "gauge",
  help: 'how far "behind"\\ in\nseconds',
  samples: [{ labels: { database }, value: 1.5 }],
});
const restarts: MetricFamily = {
  name: "lastgood_process_restarts",
  type: "counter",
  help: "restarts",
  samples: [{ labels: {}, value: 3 }],
};
const durations: MetricFamily = {
  name: "lastgood_restore_duration_seconds",
  type: "histogram",
  help: "durations",
  bounds: [0.5, 1],
  samples: [{ labels: { target: "project" }, counts: [2, 0, 1], sum: 7.25 }],
};

describe("figures as OpenMetrics", () => {
  it("end with EOF, name a counter without its ending, and tell units", () => {
    expect(writeOpenMetrics([restarts, durations])).toBe(
      [
        "# HELP lastgood_process_restarts restarts",
        "# TYPE lastgood_process_restarts counter",
        "lastgood_process_restarts_total 3",
        "# HELP lastgood_restore_duration_seconds durations",
        "# TYPE lastgood_restore_duration_seconds histogram",
        "# UNIT lastgood_restore_duration_seconds seconds",
        'lastgood_restore_duration_seconds_bucket{target="project",le="0.5"} 2',
        'lastgood_restore_duration_seconds_bucket{target="project",le="1.0"} 2',
        'lastgood_restore_duration_seconds_bucket{target="project",le="+Inf"} 3',
        'lastgood_restore_duration_seconds_count{target="project"} 3',
        'lastgood_restore_duration_seconds_sum{target="project"} 7.25',
        "# EOF",
        "",
      ].join("\n"),
    );
  });

  it.each([
    ['a "quoted" one', 'a \\"quoted\\" one'],
    ["two\nlines", "two\\nlines"],
    ["back\\slash", "back\\\\slash"],
    ['x"} 1\nforged_metric 1', 'x\\"} 1\\nforged_metric 1'],
    ["half \ud800 a pair", "half \ufffd a pair"],
  ])("escape the name %j, which stays one label of one line", (name, escaped) => {
    const text = writeOpenMetrics([gaugeOf(name)]);
    expect(text).toContain(`lastgood_database_lag_seconds{database="${escaped}"} 1.5\n`);
    expect(text.trimEnd().split("\n")).toHaveLength(5);
  });

  it("leave a family out of which there is no figure, and refuse names that no scraper takes", () => {
    expect(writeOpenMetrics([{ ...restarts, samples: [] }])).toBe("# EOF\n");
    expect(() => writeOpenMetrics([{ ...restarts, name: "lastgood restarts" }])).toThrow(RangeError);
  });

  it("are written in the older text for scrapers that know that one alone", () => {
    expect(writePrometheusText([restarts])).toBe(
      "# HELP lastgood_process_restarts_total restarts\n# TYPE lastgood_process_restarts_total counter\nlastgood_process_restarts_total 3\n",
    );
    expect(wantsPrometheusText("text/plain;version=0.0.4")).toBe(true);
    expect(wantsPrometheusText("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")).toBe(false);
    expect([null, "*/*"].map(wantsPrometheusText)).toEqual([false, false]);
  });
});
