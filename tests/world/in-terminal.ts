import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const DRIVER = path.resolve(import.meta.dirname, "../foreign/pty_run.py");
const PROGRAM = path.resolve(import.meta.dirname, "../../bin/lastgood.mjs");

/** Runs the command line in a terminal, typing as asked once something was printed; answers all that the terminal showed. */
export async function runInTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  steps: readonly { expect: string; type: string }[],
): Promise<{ code: number; output: string }> {
  const asked = JSON.stringify({ command: [process.execPath, PROGRAM, ...args], steps });
  const { stdout } = await promisify(execFile)("python3", [DRIVER, asked], { env: { ...process.env, ...env } });
  return JSON.parse(stdout) as { code: number; output: string };
}
