import { fork } from "node:child_process";
import { childEnvironment } from "../../child-environment.ts";
import { fromWireError, LastgoodError, type WireError } from "../../domain/errors.ts";

/** What a child that does one job says: any number of reports, then one answer or failure. */
export type ChildMessage = { report: { done: number; total: number } } | { answer: unknown } | { failed: WireError };

export type ChildJob = {
  /** URL of the child's script, which calls `answerJob`. */
  script: URL;
  input: unknown;
  /** Milliseconds after which the child is killed; none when left out. */
  timeoutMs?: number;
  signal?: AbortSignal;
  report?: (done: number, total: number) => void;
  /** Mebibytes that what it keeps may grow to, where it is to stay small however much it goes through; left out: as Node likes. */
  heapMib?: number;
};

/**
 * Does one job in a process of its own and returns its answer, which the caller knows the type of. Throws the child's
 * LastgoodError, the signal's reason once aborted, or `internal` when the child dies or is too slow.
 */
export async function runChild<Answer>({
  script,
  input,
  timeoutMs,
  signal,
  report,
  heapMib,
}: ChildJob): Promise<Answer> {
  signal?.throwIfAborted();
  const child = fork(script, [JSON.stringify(input)], {
    execArgv: ["--disable-warning=ExperimentalWarning", ...(heapMib === undefined ? [] : smallHeap(heapMib))],
    env: childEnvironment(),
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const kill = () => child.kill("SIGKILL");
  const timer = timeoutMs === undefined ? null : setTimeout(kill, timeoutMs);
  signal?.addEventListener("abort", kill, { once: true });
  let last: ChildMessage | null = null;
  child.on("message", (message: ChildMessage) => {
    if ("report" in message) report?.(message.report.done, message.report.total);
    else last = message;
  });
  const how = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    // Not at its `exit`, which can be told before the answer is read: it closes once its channel is read to the end.
    child.once("close", (code, name) => resolve(name ? `ended by ${name}` : `ended with code ${code}`));
  });
  if (timer) clearTimeout(timer);
  signal?.removeEventListener("abort", kill);
  const message = last as ChildMessage | null;
  if (message && "answer" in message) return message.answer as Answer;
  signal?.throwIfAborted();
  if (message && "failed" in message) throw fromWireError(message.failed);
  throw new LastgoodError("internal", `A child process did not finish its job: ${how}.`, {
    hint: "The agent's log names the cause.",
  });
}

/** Otherwise garbage of a long stream lies about for as long as the machine has memory. */
function smallHeap(heapMib: number): string[] {
  return [`--max-old-space-size=${heapMib}`, "--max-semi-space-size=4"];
}
