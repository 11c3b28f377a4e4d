import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import type { ClusterPlaces } from "../cluster.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";

/** A commit as the index of one incarnation knows it. */
export type NewestCommit = {
  /** Where its record begins. */
  lsn: string;
  timeMs: number;
};

/**
 * What a swap needs done to the cluster that it exchanges, by whoever serves and receives it. While a swap goes on, nobody else
 * starts, stops or writes down anything of that cluster.
 */
export interface SwapHands {
  readonly places: ClusterPlaces;
  readonly programs: PostgresPrograms;
  /** How Lastgood itself connects, as its superuser; the same before and after. */
  access(): ClusterConnection;
  /** The name of an incarnation's slot. */
  slotOf(incarnation: number): string;
  /** The configuration that the cluster is served with, which lies beside its data directory. */
  readonly configurationFile: string;
  /**
   * Throws unless the log is being received right now. Then has the server write a checkpoint, so that stopping it takes no time.
   */
  prepareStop(): Promise<void>;
  /** Stops the server in order (SIGINT) and then what receives its log, which has received everything by then. */
  stop(): Promise<void>;
  /**
   * After `stop`: whether what was received holds the record at a position, and so all before it. A server that stops in order waits only
   * for a receiver that is there: one that died meanwhile lacks what was acknowledged last.
   */
  hasReceived(lsn: string): Promise<boolean>;
  /** Starts the server in `places.live` and answers once it takes connections; one that runs already is adopted. Throws where it does not come up. */
  start(): Promise<void>;
  /** Indexes what is left of an incarnation that is not received any more; its newest commit, null where it holds none. */
  settle(incarnation: number): Promise<NewestCommit | null>;
  /**
   * Begins to receive the last incarnation of `history.json` (folders, slot, pg_receivewal; another incarnation's slots are dropped)
   * and has a base backup taken in the background. Answers once its log streams. Harmless to repeat.
   */
  receive(): Promise<void>;
  /** Answers once everything up to a position was received and is in the index. */
  receivedUpTo(lsn: string): Promise<void>;
}
