import type { ClusterConnection } from "../domain/cluster-connection.ts";
import type { RestoreWay } from "../domain/restore.ts";
import type { CopySource } from "../storage/copy/listed-file.ts";
import type { Engine, ProtectedDatabase, Run } from "./engine.ts";
import type { EngineRoom } from "./engine-room.ts";

/**
 * Where a database that is taken under protection comes from. `existing`: it is there, and may have been protected before;
 * `empty`: it is made; `upload`: from a file, which is moved; `connection`: a server of somebody else's.
 */
export type ProtectSource =
  | { kind: "existing" }
  | { kind: "empty" }
  | { kind: "upload"; file: string }
  | { kind: "connection"; connection: ClusterConnection };

export type Protected = {
  restoreWay: RestoreWay;
  /** Of a server: its major version, and how applications connect to one that was made. */
  serverVersion?: number;
  connection?: ClusterConnection;
};

/** What was removed for good. */
export type Removed = { files: number; bytes: number };

/** An engine in the hands of the agent that owns its databases: what begins, keeps up and ends their protection. */
export interface OwnedEngine extends Engine {
  readonly room: EngineRoom;
  /** Returns once every commit is captured. May be repeated after a crash. Throws `attach_refused`, `not_protected`, `not_supported`. */
  protect(db: ProtectedDatabase, source: ProtectSource, run: Run): Promise<Protected>;
  /** Adds a database to those that are captured, or changes what is known of it. */
  register(db: ProtectedDatabase): void;
  /** Makes those that are captured exactly these; for the agent's start. */
  registerAll(databases: readonly ProtectedDatabase[]): void;
  /**
   * Gives the role that applications connect with another password; everything else of the connection stays as it is. Throws
   * `not_supported` where nobody connects.
   */
  setPassword(db: ProtectedDatabase, connection: ClusterConnection): Promise<void>;
  /** Ends the capture of a database, if it is one of this engine; with a run it answers when that has ended. Nothing is removed. */
  release(databaseId: string, run?: Run | null): Promise<void>;
  /** Ends its capture and removes its history, and its bytes where it is hosted. There is no way back. */
  remove(databaseId: string, run: Run): Promise<Removed>;
  isPruningDue(db: ProtectedDatabase, keepFromMs: number): boolean;
  /** Has what is new in a history looked through for marks, before anybody asks. */
  readAheadMarks(db: ProtectedDatabase): Promise<void>;
  /** What its history consists of, for its second copy. */
  copySource(db: ProtectedDatabase): CopySource;
  /** Lets go of everything; capture goes on. */
  close(): Promise<void>;
}
