/**
 * Loses a machine under load and brings everything back from the bucket alone:
 *
 *   npm run machine-loss -- --count 10 [--load-ms 5000] [--metadata postgres]
 *
 * The last line is JSON. Ends with 1 when something did not come back, or more was lost than exposure had said.
 */
import { parseArgs } from "node:util";
import { findPostgres } from "../../world/find-postgres.ts";
import { type Loss, loseMachine } from "./lost-machine.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "10" },
    "load-ms": { type: "string", default: "5000" },
    metadata: { type: "string" },
  },
});
const count = Number(values.count);
const loadMs = Number(values["load-ms"]);
if (!Number.isInteger(count) || count < 1 || !(loadMs > 0))
  throw new Error("--count and --load-ms take numbers above 0");

const withCluster = findPostgres() !== null;
const problems: string[] = [];
const losses: Loss[] = [];
const backMs: number[] = [];
for (let run = 0; run < count; run++) {
  try {
    const lost = await loseMachine({ withCluster, withServer: values.metadata === "postgres", loadMs });
    losses.push(...lost.losses);
    backMs.push(lost.backMs);
    process.stdout.write(`${JSON.stringify(lost)}\n`);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    process.stdout.write(`${problems.at(-1)}\n`);
  }
}
const sum = (of: (loss: Loss) => number) => losses.reduce((total, loss) => total + of(loss), 0);
const exceeded = losses.filter(({ lost, said }) => lost > said).length;
const report = {
  runs: count,
  back: backMs.length,
  engines: withCluster ? ["sqlite", "postgres"] : ["sqlite"],
  acknowledged: sum(({ acknowledged }) => acknowledged),
  lost: sum(({ lost }) => lost),
  saidByExposure: sum(({ said }) => said),
  exceeded,
  lostInAll: sum(({ lostInAll }) => lostInAll),
  mostLostMs: Math.max(0, ...losses.map(({ lostMs }) => lostMs)),
  backWithinMs: Math.max(0, ...backMs),
  problems,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exitCode = problems.length === 0 && exceeded === 0 ? 0 : 1;
