import type { MoveCondition } from "../capture-protocol.ts";

/** The reader as one database of the primary keeper sees it. Each call is bounded in time. */
export type ReaderLink = {
  /** The frame up to which everything is durable in the history, or null when the reader cannot say so now. */
  copied(database: string, keeper: string): Promise<number | null>;
  /** The frame up to which everything is durable once log and database are synced too; null when the reader is silent. */
  near(database: string): Promise<number | null>;
  pinned(database: string, keeper: string, heirOf: string[], restarted: boolean | null): void;
};

/** The spare keeper as one database of the primary keeper sees it. Rejects when it fails or falls silent. */
export type SpareLink = {
  enlist(database: string, path: string): Promise<void>;
  inherit(database: string, keeper: string, heirOf: string[]): void;
  move(database: string, when: MoveCondition): Promise<boolean>;
  /** Lets this log go. */
  drop(database: string): void;
  /** It did not do what it was asked: nothing is known of its holds any more. */
  dismiss(): void;
};

/** The other processes, as they come and go. */
export type Partners = { reader: ReaderLink | null; spare: SpareLink | null };

export type KeeperLog = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};
