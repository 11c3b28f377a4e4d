import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { RuleBreak } from "../sqlite/rules/rule-breaks.ts";

const decide = (from: string, to: string): RuleBreak => ({ file: "lib/services/alarms/decide-alarms.ts", from, to });

async function outcomeOf(breaks: readonly RuleBreak[]): Promise<unknown> {
  const preload = pathToFileURL(path.join(import.meta.dirname, "../sqlite/rules/break-rule.ts")).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      `--import=${preload}`,
      path.join(import.meta.dirname, "run-alarm-looks.ts"),
    ],
    { env: { ...process.env, LASTGOOD_TEST_BREAK: JSON.stringify(breaks) } },
  );
  return JSON.parse(stdout);
}

const well = { raised: ["raised"], events: 1, mails: 2, untold: ["raised"], over: ["resolved"] };

/** The run on PostgreSQL repeats what stands in alarms.test.ts; what its rules are good for was shown by then. */
describe.skipIf(process.env.LASTGOOD_TEST_METADATA === "postgres")("an alarm", () => {
  test("is raised once, told, kept where nothing can be told, and resolved", async () => {
    expect(await outcomeOf([])).toEqual(well);
  });

  test("would not be raised, did the rounds not compare facts", async () => {
    const broken = decide('if (namespaceId !== null) changes.push({ step: "raise", fact, namespaceId });', "");
    expect(await outcomeOf([broken])).toMatchObject({ raised: [], events: 0, mails: 0 });
  });

  test("would reach nobody, were its steps not told", async () => {
    expect(await outcomeOf([decide("await tellSteps(tx, steps, nowMs);", "")])).toMatchObject({ events: 0, mails: 0 });
  });

  test("would be dropped silently, were not knowing taken for all is well", async () => {
    const broken = decide("|| (!isDeleted && isUntold(alarm))", "");
    expect(await outcomeOf([broken])).toMatchObject({ raised: ["raised"], untold: ["resolved"] });
  });
});
