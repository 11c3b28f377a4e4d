import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { RuleBreak } from "../../integration/sqlite/rules/rule-breaks.ts";
import type { Arm } from "./kill-at-point.ts";

/**
 * Runs a program of `tests/world`, which reads its input as JSON, with sources that may have been changed; it and the processes that
 * it starts die at the points named. Answers how many died, and its exit code (null: it is one of them).
 */
export async function runAndDie(
  program: string,
  input: object,
  arms: readonly Arm[],
  breaks: readonly RuleBreak[] = [],
): Promise<{ died: number; code: number | null }> {
  const folder = mkdtempSync(path.join(tmpdir(), "died-"));
  const preload = ["kill-at-point.ts", "../../integration/sqlite/rules/break-rule.ts"].map(
    (file) => `--import=${pathToFileURL(path.join(import.meta.dirname, file)).href}`,
  );
  const script = path.resolve(import.meta.dirname, "../../world", program);
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, JSON.stringify(input)], {
    env: {
      ...process.env,
      NODE_OPTIONS: preload.join(" "),
      LASTGOOD_TEST_BREAK: JSON.stringify(breaks),
      CRASH_FOLDER: folder,
      CRASH_ARMS: JSON.stringify(arms),
    },
    stdio: ["ignore", "ignore", "ignore"],
  });
  await once(child, "exit");
  return { died: readdirSync(folder).filter((name) => name.endsWith(".died")).length, code: child.exitCode };
}
