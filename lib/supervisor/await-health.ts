import { setTimeout as sleep } from "node:timers/promises";
import { isServed } from "../engines/processes/line-socket.ts";

/**
 * Asks the console until all of Lastgood is ready.
 * @returns what was missing when patience ran out, or null once it is ready
 */
export async function awaitHealth(localUrl: string, patienceMs: number, signal: AbortSignal): Promise<string | null> {
  const untilMs = performance.now() + patienceMs;
  for (let answer = "the console did not answer"; ; await sleep(60, undefined, { signal })) {
    if (performance.now() > untilMs) return answer;
    try {
      const response = await fetch(`${localUrl}/api/health`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(3000)]),
      });
      if (response.ok) return null;
      answer = `${response.status} ${(await response.text()).slice(0, 300)}`;
    } catch (error) {
      signal.throwIfAborted();
      answer = error instanceof Error ? error.message : String(error);
    }
  }
}

/** The same for an agent without a console: until it listens at its socket. */
export async function awaitAgent(socket: string, patienceMs: number, signal: AbortSignal): Promise<string | null> {
  const untilMs = performance.now() + patienceMs;
  for (; !(await isServed(socket)); await sleep(60, undefined, { signal })) {
    if (performance.now() > untilMs) return "the agent does not listen yet";
  }
  return null;
}
