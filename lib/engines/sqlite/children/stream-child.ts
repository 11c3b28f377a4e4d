import { fork } from "node:child_process";
import type { Readable } from "node:stream";
import { childEnvironment } from "../../../child-environment.ts";
import { fromWireError, LastgoodError } from "../../../domain/errors.ts";
import type { ChildJob, ChildMessage } from "../../processes/run-child.ts";

/**
 * The bytes that a child's job writes to its standard output, as they come; the child waits while nobody takes them. They are
 * whole only once the last one was given: then the child has answered. Throws as `runChild` does. Whoever stops
 * reading ends the child.
 */
export async function* streamChild({ script, input, signal }: Pick<ChildJob, "script" | "input" | "signal">) {
  signal?.throwIfAborted();
  const child = fork(script, [JSON.stringify(input)], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: childEnvironment(),
    serialization: "advanced",
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const kill = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  let last: ChildMessage | null = null;
  child.on("message", (message: ChildMessage) => {
    if (!("report" in message)) last = message;
  });
  const closed = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, name) => resolve(name ? `ended by ${name}` : `ended with code ${code}`));
  });
  try {
    for await (const bytes of child.stdout as Readable) yield bytes as Uint8Array;
    const how = await closed;
    const message = last as ChildMessage | null;
    if (message && "answer" in message) return;
    signal?.throwIfAborted();
    if (message && "failed" in message) throw fromWireError(message.failed);
    throw new LastgoodError("internal", `A child process did not finish its job: ${how}.`, {
      hint: "The agent's log names the cause.",
    });
  } finally {
    signal?.removeEventListener("abort", kill);
    kill();
  }
}
