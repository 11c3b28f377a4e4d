import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { RuleBreak } from "../sqlite/rules/rule-breaks.ts";

/** The step is taken although somebody has cancelled. */
const DEAF: RuleBreak = {
  file: "lib/services/jobs/go-ahead.ts",
  from: "OR: [{ goneAhead: true }, { cancelAsked: false }]",
  to: "",
};
/** A cancel is answered although the step is taken. */
const BLIND: RuleBreak = {
  file: "lib/services/jobs/ask-to-stop.ts",
  from: 'status: "running", goneAhead: false',
  to: 'status: "running"',
};

async function outcomeOf(breaks: readonly RuleBreak[]): Promise<unknown> {
  const preload = pathToFileURL(path.join(import.meta.dirname, "../sqlite/rules/break-rule.ts")).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", `--import=${preload}`, path.join(import.meta.dirname, "run-cancel.ts")],
    { env: { ...process.env, LASTGOOD_TEST_BREAK: JSON.stringify(breaks) } },
  );
  return JSON.parse(stdout);
}

/** What the statements do on PostgreSQL stands in restores.test.ts; what they are good for is shown here. */
describe.skipIf(process.env.LASTGOOD_TEST_METADATA === "postgres")("a cancel and going ahead", () => {
  test("never both, in either order", async () => {
    expect(await outcomeOf([])).toEqual({ cancelledFirst: ["asked", "cancel"], aheadFirst: ["kept", "conflict"] });
  });

  test("would be both, did either of them not look for the other", async () => {
    expect(await outcomeOf([DEAF])).toMatchObject({ cancelledFirst: ["asked", "kept"] });
    expect(await outcomeOf([BLIND])).toMatchObject({ aheadFirst: ["kept", "asked"] });
  });
});
