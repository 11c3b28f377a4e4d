/**
 * Runs one of the operator's programs in a process group of its own, so that all of it can be ended: also when the agent dies,
 * which this process notices by its channel. Nothing of it passes through a shell.
 */

import { spawn } from "node:child_process";
import { endAtOnce } from "../../end-at-once.ts";
import { type FromHookChild, type HookJob, killGroup } from "./run-hook.ts";

const TERM_MS = 3000;

const { file, env, limitMs } = JSON.parse(process.argv[2] ?? "{}") as HookJob;
const send = (message: FromHookChild) =>
  new Promise<void>((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });

const program = spawn(file, [], {
  cwd: "/",
  env: env as NodeJS.ProcessEnv,
  detached: true,
  stdio: ["ignore", "pipe", "pipe"],
});
if (program.pid !== undefined) await send({ group: program.pid });
let ending = false;
process.on("disconnect", () => endGroup("SIGKILL"));
process.on("message", () => endGroup("SIGTERM"));
const timer = setTimeout(() => endGroup("SIGTERM"), limitMs);
for (const stream of [program.stdout, program.stderr]) {
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => void send({ output: text }));
}
const ended = await new Promise<FromHookChild>((resolve) => {
  program.once("error", (error) => resolve({ failed: error.message }));
  program.once("exit", (code, signal) => resolve({ code, signal }));
});
clearTimeout(timer);
// What it left running in its group has had its time too.
endGroup("SIGKILL");
await send(ended);
endAtOnce();

function endGroup(signal: "SIGTERM" | "SIGKILL"): void {
  if (signal === "SIGTERM" && !ending) setTimeout(() => endGroup("SIGKILL"), TERM_MS);
  ending = true;
  if (program.pid !== undefined) killGroup(program.pid, signal);
}
