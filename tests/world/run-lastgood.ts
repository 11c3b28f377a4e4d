import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const PROGRAM = path.resolve(import.meta.dirname, "../../bin/lastgood.mjs");

/** How the command line ended and what it printed. */
export type Ran = { code: number | null; out: string; err: string };

/** `uid`: another user, where this one may become it; `env`: beside what this process has; `input`: what it is given to read. */
export type RunOptions = { cwd?: string; uid?: number; env?: Readonly<Record<string, string>>; input?: string };

/** Runs the command line as a process. */
export async function runLastgood(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { cwd, uid, env, input } = options;
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  child.stdin?.end(input);
  const ran: Ran = { code: null, out: "", err: "" };
  child.stdout?.on("data", (text: Buffer) => {
    ran.out += text.toString();
  });
  child.stderr?.on("data", (text: Buffer) => {
    ran.err += text.toString();
  });
  await once(child, "close");
  ran.code = child.exitCode;
  return ran;
}

/** Runs it with `--json` and takes its one object apart. */
export async function askLastgood<T>(args: readonly string[], options: RunOptions = {}): Promise<T> {
  const { out, err } = await runLastgood([...args, "--json"], options);
  if (err !== "") throw new Error(err);
  return JSON.parse(out) as T;
}
