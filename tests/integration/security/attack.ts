import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { RuleBreak } from "../sqlite/rules/rule-breaks.ts";

/** Tries something hostile in an empty folder; answers what got through, or null when all of it was refused. */
export type Attack = (folder: string) => Promise<string | null>;

const MAIN = path.join(import.meta.dirname, "attack-main.ts");
const BREAK = path.resolve(import.meta.dirname, "../sqlite/rules/break-rule.ts");

/** Runs an attack in a process of its own, with some sources changed as they are loaded; answers what got through. */
export async function runAttack(name: string, breaks: readonly RuleBreak[] = []): Promise<string | null> {
  const env = { ...process.env };
  if (breaks.length > 0) {
    Object.assign(env, { NODE_OPTIONS: `--import=${BREAK}`, LASTGOOD_TEST_BREAK: JSON.stringify(breaks) });
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
  if (code !== 0 || !last.startsWith("{")) throw new Error(`the attack ${name} ended with code ${code}: ${said}`);
  return (JSON.parse(last) as { through: string | null }).through;
}
