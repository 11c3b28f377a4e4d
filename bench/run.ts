import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { BenchWorld } from "./bench-world.ts";
import type { Figure, Measurement } from "./figure.ts";
import { measureApi } from "./measure-api.ts";
import { measureAudit } from "./measure-audit.ts";
import { measureBackups } from "./measure-backups.ts";
import { measureClusters } from "./measure-clusters.ts";
import { measureDiff } from "./measure-diff.ts";
import { measureHistory } from "./measure-history.ts";
import { measureIdle } from "./measure-idle.ts";
import { measureLag } from "./measure-lag.ts";
import { measureLookup } from "./measure-lookup.ts";
import { measureMarks } from "./measure-marks.ts";
import { measureMaterialise } from "./measure-materialise.ts";
import { measureRestore } from "./measure-restore.ts";
import { measureStall } from "./measure-stall.ts";
import { measureThroughput } from "./measure-throughput.ts";
import { measureTimeline } from "./measure-timeline.ts";
import { measureView } from "./measure-view.ts";
import { formatReport, type Report } from "./report.ts";

// Measures a whole Lastgood, each figure beside a baseline from the same minutes, and prints one table.
// npm run bench -- [--only throughput,lag] [--seconds 3] [--rounds 5] [--sizes 0.1,1,4] [--commits 10000000] [--json report.json]

/** Every measurement, by the name that `--only` takes, in the order in which they run. */
const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  throughput: measureThroughput,
  stall: measureStall,
  lag: measureLag,
  history: measureHistory,
  restore: measureRestore,
  materialise: measureMaterialise,
  backups: measureBackups,
  diff: measureDiff,
  view: measureView,
  lookup: measureLookup,
  marks: measureMarks,
  timeline: measureTimeline,
  idle: measureIdle,
  audit: measureAudit,
  api: measureApi,
  clusters: measureClusters,
};

const { values } = parseArgs({
  options: {
    only: { type: "string", default: Object.keys(MEASUREMENTS).join(",") },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
    sizes: { type: "string", default: "0.1" },
    commits: { type: "string", default: "1000000" },
    json: { type: "string" },
  },
});
const chosen = values.only.split(",").map((name) => {
  const measure = MEASUREMENTS[name];
  if (!measure) throw new Error(`--only takes ${Object.keys(MEASUREMENTS).join(", ")}, not ${name}`);
  return { name, measure };
});
const options = {
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  sizesGb: values.sizes.split(",").map(Number),
  commits: Number(values.commits),
};

const BUILD = path.resolve(import.meta.dirname, "../scripts/build-console.mjs");
const build = `const { buildConsole } = await import(${JSON.stringify(BUILD)}); await buildConsole();`;
execFileSync(process.execPath, ["--input-type=module", "-e", build], { stdio: ["ignore", "ignore", "inherit"] });

const figures: Figure[] = [];
const world = await BenchWorld.start(options);
try {
  for (const { name, measure } of chosen) {
    const startedMs = performance.now();
    process.stderr.write(`${name} … `);
    figures.push(...(await measure(world)));
    process.stderr.write(`${Math.round((performance.now() - startedMs) / 1000)} s\n`);
  }
} finally {
  await world.close();
}

const machine = {
  cpus: cpus().length,
  cpu: cpus()[0]?.model ?? "unknown",
  node: process.version,
  sqlite: process.versions.sqlite ?? "",
};
const { seconds, rounds } = options;
const report: Report = { machine, seconds, rounds, figures };
process.stdout.write(`${formatReport(report)}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
