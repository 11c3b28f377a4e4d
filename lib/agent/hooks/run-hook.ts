import { fork } from "node:child_process";
import { LastgoodError } from "../../domain/errors.ts";
import { HookOutput } from "./hook-output.ts";

export type HookJob = { file: string; env: Record<string, string>; limitMs: number };
export type FromHookChild =
  | { group: number }
  | { output: string }
  | { failed: string }
  | { code: number | null; signal: NodeJS.Signals | null };

type End = Exclude<FromHookChild, { output: string } | { group: number }>;

/** A program that takes longer is ended. */
export const HOOK_LIMIT_MS = 120_000;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export type HookRun = {
  /** Absolute path of the program. */
  file: string;
  /** What it is told, beside a plain PATH: nothing of the agent's own environment. */
  facts: Record<string, string>;
  signal?: AbortSignal;
  limitMs?: number;
  note(text: string): void;
};

/**
 * Runs one of the operator's programs to its end; its output goes to `note`, line by line. Throws `restore_failed` when it
 * cannot be started, fails or takes too long, and the signal's reason once aborted; then it and all that it started are ended.
 */
export async function runHook({ file, facts, signal, limitMs = HOOK_LIMIT_MS, note }: HookRun): Promise<void> {
  signal?.throwIfAborted();
  const job: HookJob = { file, env: { PATH, LANG: "C.UTF-8", ...facts }, limitMs };
  const child = fork(new URL("./hook-child.ts", import.meta.url), [JSON.stringify(job)], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: { PATH, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const startedMs = performance.now();
  const output = new HookOutput(note);
  const stop = () => child.send({ stop: true }, () => undefined);
  signal?.addEventListener("abort", stop, { once: true });
  let group: number | null = null;
  let end: End | null = null;
  child.on("message", (message: FromHookChild) => {
    if ("output" in message) output.add(message.output);
    else if ("group" in message) group = message.group;
    else end = message;
  });
  await new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
  signal?.removeEventListener("abort", stop);
  output.end();
  // Nobody watches it any more: it must not go on by itself.
  if (end === null && group !== null) killGroup(group, "SIGKILL");
  signal?.throwIfAborted();
  const problem = problemOf(end, performance.now() - startedMs >= limitMs, limitMs);
  if (problem === null) return;
  throw new LastgoodError("restore_failed", `${file} ${problem}.`, {
    hint: "What it wrote stands in the restore's log; its operator knows what it does.",
  });
}

/** Ends all processes of a group that are left. */
export function killGroup(group: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function problemOf(end: End | null, isLate: boolean, limitMs: number): string | null {
  if (end === null) return "was ended with the process that watched it";
  if ("failed" in end) return `could not be started: ${end.failed}`;
  if (isLate) return `took longer than ${Math.round(limitMs / 1000)} seconds and was ended`;
  if (end.signal !== null) return `was ended by ${end.signal}`;
  return end.code === 0 ? null : `failed with exit code ${end.code}`;
}
