import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readSync } from "node:fs";
import path from "node:path";
import type { RuleBreak } from "./rule-breaks.ts";

/** Sets the scene of a rule in an empty folder; answers what went wrong, or null when the rule held. */
export type Scenario = (folder: string) => Promise<string | null>;

const MAIN = path.join(import.meta.dirname, "scenario-main.ts");
const BREAK = path.join(import.meta.dirname, "break-rule.ts");

/** Runs a scenario, and whatever processes it starts, with some sources changed; answers its problem. */
export async function runScenario(name: string, breaks: readonly RuleBreak[] = []): Promise<string | null> {
  const env = { ...process.env };
  if (breaks.length > 0) {
    env.NODE_OPTIONS = `--import=${BREAK}`;
    env.LASTGOOD_TEST_BREAK = JSON.stringify(breaks);
  }
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, name], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (text: Buffer) => {
    said += text.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  const last = said.trim().split("\n").at(-1) ?? "";
  if (code !== 0 || !last.startsWith("{")) throw new Error(`the scenario ${name} ended with code ${code}: ${said}`);
  return (JSON.parse(last) as { problem: string | null }).problem;
}

/** The salts in a log's own header as one text; "none" for an empty log. The `-wal` file carries no locks. */
export function saltsOf(databasePath: string): string {
  const header = Buffer.alloc(32);
  const fd = openSync(`${databasePath}-wal`, "r");
  try {
    return readSync(fd, header, 0, 32, 0) === 32 ? header.toString("hex", 16, 24) : "none";
  } finally {
    closeSync(fd);
  }
}
