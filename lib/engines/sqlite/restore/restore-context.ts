import type { Logger } from "pino";
import type { ProtectedDatabase } from "../../engine.ts";
import type { CaptureClient } from "../capture-client.ts";
import type { HistoryView } from "../history/records.ts";
import type { RestoreProcesses } from "./restore-processes.ts";

/** What a restore of one database works with. */
export type RestoreContext = {
  db: ProtectedDatabase;
  capture: CaptureClient;
  /** The database's history as the agent has it open: every look at this shows what is there by then. */
  readonly history: HistoryView;
  /** Below it, one folder per restore. */
  workRoot: string;
  log: Logger;
  /** Where its processes come from. */
  processes: RestoreProcesses;
  /** Turns callers away, where they are ours, and lets them in again. */
  callers: { hold(): Promise<void>; release(): void };
};
