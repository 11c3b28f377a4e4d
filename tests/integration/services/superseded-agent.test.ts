import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { RuleBreak } from "../sqlite/rules/rule-breaks.ts";

const decide = (from: string, to: string): RuleBreak => ({ file: "lib/services/schedules/decide-runs.ts", from, to });
/** The look before anything is read, which an agent that stands still right behind it has passed. */
const FIRST = decide("if (!(await isCurrentRun(metadata(), agent))) return { decisions: [], superseded: true };", "");
/** The one within the transaction that decides. */
const SECOND = decide('if (!(await isCurrentRun(tx, agent))) return "superseded";', "");

async function outcomeOf(breaks: readonly RuleBreak[]): Promise<unknown> {
  const preload = pathToFileURL(path.join(import.meta.dirname, "../sqlite/rules/break-rule.ts")).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      `--import=${preload}`,
      path.join(import.meta.dirname, "run-superseded.ts"),
    ],
    { env: { ...process.env, LASTGOOD_TEST_BREAK: JSON.stringify(breaks) } },
  );
  return JSON.parse(stdout);
}

const nothing = { superseded: true, runs: [] };

/** The run on PostgreSQL repeats what stands in decide-runs.test.ts; what the checks are good for was shown by then. */
describe.skipIf(process.env.LASTGOOD_TEST_METADATA === "postgres")(
  "a run of an agent whose successor has begun",
  () => {
    test("decides on nothing", async () => {
      expect(await outcomeOf([])).toEqual(nothing);
    });

    test("decides on nothing either where it stood still behind its first look", async () => {
      expect(await outcomeOf([FIRST])).toEqual(nothing);
    });

    test("would begin a backup, did the transaction not look as well", async () => {
      expect(await outcomeOf([FIRST, SECOND])).toEqual({ superseded: false, runs: ["2026-11-21T01:30 started"] });
    });
  },
);
