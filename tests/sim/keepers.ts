import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeeperStatus } from "../../lib/engines/sqlite/capture-protocol.ts";

const KEEPER = path.resolve(import.meta.dirname, "../../lib/engines/sqlite/keeper/main.ts");
const READY_WITHIN_MS = 60_000;

/** The engine's own keepers, each a process. */
export class Keepers {
  readonly #data: string;
  #processes: ChildProcess[] = [];

  constructor(data: string) {
    this.#data = data;
  }

  get count(): number {
    return this.#processes.length;
  }

  start(count: number): void {
    while (this.#processes.length < count) {
      const keeper = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", KEEPER], {
        env: { ...process.env, LASTGOOD_DATA: this.#data, LASTGOOD_LOG_LEVEL: process.env.SIM_LOG ?? "silent" },
        stdio: ["pipe", "inherit", "inherit"],
      });
      keeper.once("exit", () => {
        this.#processes = this.#processes.filter((one) => one !== keeper);
      });
      this.#processes.push(keeper);
    }
  }

  /** Ends one of them: by SIGKILL, or as it ends in ordinary service. */
  async end(which: number, how: "kill" | "close"): Promise<void> {
    const keeper = this.#processes[which % Math.max(1, this.#processes.length)];
    if (keeper) await endProcess(keeper, how);
  }

  async endAll(how: "kill" | "close"): Promise<void> {
    await Promise.all(this.#processes.map((keeper) => endProcess(keeper, how)));
  }

  /** Waits until the database is held, by both when there are two; between the looks `meanwhile` is called. */
  async untilHeld(status: () => Promise<KeeperStatus | null>, meanwhile: () => void): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      const now = await status();
      if (now?.pinned && (now.spare || this.#processes.length < 2)) return;
      if (Date.now() > deadline) throw new Error(`the keepers do not hold the log: ${JSON.stringify(now)}`);
      meanwhile();
      await sleep(5);
    }
  }
}

async function endProcess(keeper: ChildProcess, how: "kill" | "close"): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null) return;
  const exited = once(keeper, "exit");
  if (how === "kill") keeper.kill("SIGKILL");
  else keeper.stdin?.end();
  await exited;
}
