import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type {
  Applied,
  FinalPages,
  FromChild,
  LockedState,
  ToChild,
} from "../../lib/engines/sqlite/apply/apply-messages.ts";
import type { KilledApply } from "./killed-apply-child.ts";

/** `killAfterMs` after the pages were handed over. */
export type KilledHow = KilledApply & { killAfterMs?: number };

const CHILD = path.join(import.meta.dirname, "killed-apply-child.ts");
const TIMEOUT_MS = 10_000;

/**
 * Runs one apply in its own process, without the fence that follows a failed one in service. Null when it died on the way.
 * @param name path that the intent's and the pages' files begin with
 */
export async function runKilledApply(
  databasePath: string,
  name: string,
  providePages: (state: LockedState) => FinalPages,
  { killAfterMs, ...killed }: KilledHow,
): Promise<Applied | null> {
  const child = fork(CHILD, [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: { ...process.env, KILLED_APPLY: JSON.stringify(killed) },
  });
  const exited = once(child, "exit");
  const send = (message: ToChild) => child.send(message);
  let applied: Applied | null = null;
  let failure: Error | null = null;
  child.on("message", (message: FromChild) => {
    if (message.kind === "ready") {
      const job = {
        restoreId: path.basename(name),
        databasePath,
        intentPath: `${name}.intent`,
        pagesFile: null,
        cookieFloor: 0,
        lockTimeoutMs: TIMEOUT_MS,
        pagesTimeoutMs: TIMEOUT_MS,
      };
      send({ kind: "apply", job });
    }
    if (message.kind === "locked") {
      send({ kind: "pages", pages: providePages(message.state) });
      if (killAfterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    }
    if (message.kind === "applied") applied = message.applied;
    if (message.kind === "failed" || message.kind === "gaveUp") failure = new Error(JSON.stringify(message));
  });
  await exited;
  if (failure) throw failure;
  return applied;
}
