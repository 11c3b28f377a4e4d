import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { runAttack } from "./attack.ts";
import { DEFENCES } from "./defences.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");

// Each attack fails; with a check taken out of the sources the same attack must get through.
describe.each(DEFENCES)("$title", ({ attack, breaks }) => {
  test("fails", { timeout: 60_000 }, async () => {
    expect(await runAttack(attack)).toBeNull();
  });

  test.each(Object.entries(breaks))("gets through with %s", { timeout: 60_000 }, async (_, changes) => {
    for (const { file, from } of changes) {
      const found = readFileSync(path.join(ROOT, file), "utf8").split(from).length - 1;
      expect(found, `${file} holds once: ${from}`).toBe(1);
    }
    expect(await runAttack(attack, changes)).not.toBeNull();
  });
});
