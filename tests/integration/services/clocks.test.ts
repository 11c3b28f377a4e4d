import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { RuleBreak } from "../sqlite/rules/rule-breaks.ts";

/** Every machine goes by its own clock. */
const OWN_CLOCK: RuleBreak = {
  file: "lib/db/store-time.ts",
  from: 'if (metadataPlace().provider === "sqlite") return',
  to: 'if (metadataPlace().provider !== "none") return',
};

async function outcomeOf(breaks: readonly RuleBreak[]): Promise<unknown> {
  const preload = pathToFileURL(path.join(import.meta.dirname, "../sqlite/rules/break-rule.ts")).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", `--import=${preload}`, path.join(import.meta.dirname, "run-clocks.ts")],
    { env: { ...process.env, LASTGOOD_TEST_BREAK: JSON.stringify(breaks) } },
  );
  return JSON.parse(stdout);
}

/** Metadata in a file have one machine, and one clock. */
describe.runIf(process.env.LASTGOOD_TEST_METADATA === "postgres")("machines whose clocks differ by ten minutes", () => {
  test("steal no job, take nobody for lost, raise no alarm and remove nothing early", async () => {
    const quiet = { lost: false, alarms: 0 };
    expect(await outcomeOf([])).toEqual({
      stolen: [false, false],
      behind: quiet,
      looked: quiet,
      purged: 0,
      deleted: "kept for its grace period",
    });
  });

  test("would do all of that, did each go by its own", async () => {
    const wrong = { lost: true, alarms: 1 };
    expect(await outcomeOf([OWN_CLOCK])).toEqual({
      stolen: [true, true],
      behind: wrong,
      looked: wrong,
      purged: 1,
      deleted: "gone at once",
    });
  });
});
