import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const PROGRAM = path.resolve(import.meta.dirname, "../../bin/lastgood.mjs");

/** How the command line ended and what it printed. */
export type Ran = { code: number | null; out: string; err: string };

/** Runs the command line as a process; `uid` for another user, where this one may become it. */
export async function runLastgood(args: readonly string[], options: { cwd?: string; uid?: number } = {}): Promise<Ran> {
  const { cwd, uid } = options;
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const ran: Ran = { code: null, out: "", err: "" };
  child.stdout.on("data", (text: Buffer) => {
    ran.out += text.toString();
  });
  child.stderr.on("data", (text: Buffer) => {
    ran.err += text.toString();
  });
  await once(child, "close");
  ran.code = child.exitCode;
  return ran;
}

/** Runs it with `--json` and takes its one object apart. */
export async function askLastgood<T>(
  args: readonly string[],
  options: { cwd?: string; uid?: number } = {},
): Promise<T> {
  const { out, err } = await runLastgood([...args, "--json"], options);
  if (err !== "") throw new Error(err);
  return JSON.parse(out) as T;
}
