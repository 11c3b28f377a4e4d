/**
 * Calls made out of the OpenAPI document, malformed, oversized, with foreign ids and by everybody, against a whole Lastgood with
 * its agent over HTTP: `npm run fuzz -- --minutes 5`. The last line is JSON; exit code 1 when anything failed.
 *
 *   --minutes M      for how long (5)
 *   --seed N         the order of the calls; the clock's where it is left out
 *   --lanes N        calls under way at once (4)
 *   --limit S        seconds within which an answer has to be there (10)
 *
 * A failure is a 500, an answer that the document does not know, one that tells a path, a stack, a secret or another
 * namespace's names, one that does not come, and a process of Lastgood that ended meanwhile.
 */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { FUZZ_EXCEPT, fuzzLastgood } from "../world/fuzz-lastgood.ts";
import { openFuzzWorld } from "../world/open-fuzz-world.ts";
import { startLastgood } from "../world/start-lastgood.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string" },
    lanes: { type: "string", default: "4" },
    limit: { type: "string", default: "10" },
  },
});
const numberOf = (name: string, text: string): number => {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new Error(`--${name} takes a number above 0, not ${text}.`);
  return number;
};
const options = {
  seconds: numberOf("minutes", values.minutes) * 60,
  lanes: numberOf("lanes", values.lanes),
  limitMs: numberOf("limit", values.limit) * 1000,
  except: FUZZ_EXCEPT,
  ...(values.seed === undefined ? {} : { seed: numberOf("seed", values.seed) }),
};

const BUILD = path.resolve(import.meta.dirname, "../../scripts/build-console.mjs");
const build = `const { buildConsole } = await import(${JSON.stringify(BUILD)}); await buildConsole();`;
execFileSync(process.execPath, ["--input-type=module", "-e", build], { stdio: ["ignore", "ignore", "inherit"] });
const lastgood = await startLastgood();
try {
  const world = await openFuzzWorld(lastgood);
  const report = await fuzzLastgood(world, options);
  world.close();
  for (const failure of report.failures) process.stderr.write(`${failure}\n\n`);
  process.stdout.write(`${JSON.stringify({ ...report, failures: report.failures.length })}\n`);
  process.exitCode = report.failures.length > 0 ? 1 : 0;
} finally {
  await lastgood.remove();
}
