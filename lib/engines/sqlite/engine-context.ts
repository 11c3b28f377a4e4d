import type { Logger } from "pino";
import type { Moment } from "../../domain/moment.ts";
import type { RuntimePaths } from "../../runtime-paths.ts";
import type { ProtectedDatabase } from "../engine.ts";
import type { CaptureClient } from "./capture-client.ts";
import type { History } from "./history/open-history.ts";
import type { CommitInfo } from "./history/records.ts";

/** What the parts of the SQLite engine share. */
export type EngineContext = {
  paths: RuntimePaths;
  log: Logger;
  capture: CaptureClient;
  /** The history as it is now; it may be another object at the next call. Throws as `openHistory` does. */
  historyOf(db: ProtectedDatabase): History;
  historyDirectory(db: { id: string }): string;
  /** The commit that a moment of the window means; see `resolveMoment`. */
  find(db: ProtectedDatabase, at: Moment): Promise<CommitInfo>;
};
