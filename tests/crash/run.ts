/**
 * Kills processes of the engine at its labelled points, or of a whole Lastgood in the stages of restores, or cuts the power of
 * a disk, or kills a hosted PostgreSQL server and removes its data directory, and tells what was lost:
 *
 *   npm run crash -- --count 200 [--seed 1] [--tally file.json] [--seconds 600] [--point seal.renamed]
 *   npm run crash -- --stages --count 50 [--seed 1] [--tally file.json] [--seconds 600] [--target project] [--point job.claimed]
 *   npm run crash -- --primary --count 10 [--seconds 600]
 *   npm run crash -- --power --count 50 [--seed 1] [--tally file.json] [--control]
 *
 * The last line is JSON. Ends with 1 when anything was lost or left half done; with `--control`, whose protection is
 * switched off on purpose, when nothing was.
 */
import { parseArgs } from "node:util";

export type CrashOptions = {
  /** Kills or cuts that this run makes. */
  count: number;
  seed: number;
  /** A JSON file that goes on counting over several runs; null: none. */
  tally: string | null;
  /** No new kill or cut begins later than this; null: no limit. */
  seconds: number | null;
  /** Names of points to kill at; all of them when left out. */
  points?: readonly string[];
  /** Names of targets of restores, for runs over their stages; all of them when left out. */
  targets?: readonly string[];
  /** Leaves a protection out: then something must be lost. */
  control: boolean;
};

/** What both kinds of run have in common; printed as the last line. */
export type CrashReport = {
  lost: number;
  halfway: number;
  /** Why nothing could be done on this machine. */
  skipped?: string | null;
  /** Anything else that went wrong. */
  problems?: readonly string[];
  [fact: string]: unknown;
};

type Suite = (options: CrashOptions) => Promise<CrashReport>;
type KillModule = { runKills: Suite };
type StageModule = { runStages: Suite };
type PrimaryModule = { runPrimaryKills: Suite };
type PowerModule = { runPowerCuts: Suite };

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    tally: { type: "string" },
    seconds: { type: "string" },
    control: { type: "boolean", default: false },
    point: { type: "string", multiple: true },
    target: { type: "string", multiple: true },
    stages: { type: "boolean", default: false },
    power: { type: "boolean", default: false },
    primary: { type: "boolean", default: false },
  },
});

const options: CrashOptions = {
  count: wholeNumber("count", values.count),
  seed: wholeNumber("seed", values.seed),
  tally: values.tally ?? null,
  seconds: values.seconds === undefined ? null : wholeNumber("seconds", values.seconds),
  control: values.control,
  ...(values.point ? { points: values.point } : {}),
  ...(values.target ? { targets: values.target } : {}),
};
const kinds = ["power", "stages", "primary"] as const;
const run = await suite(kinds.find((kind) => values[kind]) ?? "points");
const report = await run(options);
process.stdout.write(`${JSON.stringify(report)}\n`);
const isLost = report.lost + report.halfway > 0;
const isSound = options.control ? isLost : !isLost && (report.problems ?? []).length === 0;
process.exitCode = isSound || report.skipped ? 0 : 1;

async function suite(kind: (typeof kinds)[number] | "points"): Promise<Suite> {
  // Only the one that is asked for is loaded: power cuts need more of the system than kills do.
  if (kind === "power") return (await load<PowerModule>("./power/run-power-cuts.ts")).runPowerCuts;
  if (kind === "primary") return (await load<PrimaryModule>("./primary/run-primary-kills.ts")).runPrimaryKills;
  if (kind === "stages") return (await load<StageModule>("./stages/run-stages.ts")).runStages;
  return (await load<KillModule>("./points/run-kills.ts")).runKills;
}

async function load<Module>(file: string): Promise<Module> {
  const loaded: unknown = await import(new URL(file, import.meta.url).href);
  return loaded as Module;
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a whole number, not ${text}.`);
  return Number(text);
}
