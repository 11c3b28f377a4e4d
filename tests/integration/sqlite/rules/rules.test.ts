import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { RULES } from "./rule-breaks.ts";
import { runScenario } from "./scenario.ts";

const ROOT = path.resolve(import.meta.dirname, "../../../..");

// Each rule holds in its scenario; with the rule switched off in the sources the same scenario must notice.
describe.each(RULES)("$title", ({ scenario, always = [], breaks }) => {
  test("holds", { timeout: 60_000 }, async () => {
    expect(await runScenario(scenario, always)).toBeNull();
  });

  test.each(Object.entries(breaks))("is missed at once: %s", { timeout: 60_000 }, async (_, changes) => {
    for (const { file, from } of [...always, ...changes]) {
      const found = readFileSync(path.join(ROOT, file), "utf8").split(from).length - 1;
      expect(found, `${file} holds once: ${from}`).toBe(1);
    }
    expect(await runScenario(scenario, [...always, ...changes])).not.toBeNull();
  });
});
