import type { Bookmark } from "../../../domain/bookmark.ts";
import type { RestoreCheck } from "../../../domain/restore-check.ts";
import type { KeptBase } from "../bases/base-record.ts";

/** How one state of the past is made: a base, and the log that is replayed onto it. */
export type RecoveryPlan = {
  bookmark: Bookmark;
  /** Unix milliseconds of its commit. */
  timeMs: number;
  base: KeptBase;
  /** `immediate`: the base's own consistent state is the one. A position is where a commit's record begins, replayed inclusively. */
  target: { lsn: string } | "immediate";
  /** Always numeric: `latest` follows whichever branch is youngest. */
  timeline: number;
  /** The incarnation whose log is replayed; what it does not hold is taken from its parents. */
  incarnation: number;
  /** Bytes of log between the base and the target. */
  walBytes: number;
};

/** The received log of one branch. */
export interface WalSource {
  /**
   * Puts the file of that name (a segment, or a timeline's history) whole at `target`, each byte verified against what was
   * received; false: this branch has none of that name, which ends recovery there. Throws `history_damaged` where it is there and
   * is not what was received.
   */
  fetch(name: string, target: string): Promise<boolean>;
}

/** A server that runs on a restored state: reached over a socket in a folder that only its user and Lastgood can enter. */
export type RecoveredServer = {
  /** The data directory. */
  directory: string;
  /** The folder with the socket; with `port` and `superuser` what `pg` and PostgreSQL's own programs need. */
  socketDirectory: string;
  port: number;
  superuser: string;
  bookmark: Bookmark;
  timeMs: number;
  /** The timeline that begins with this state, and the position where it parts from the one it was restored from. */
  timeline: number;
  forkLsn: string;
  /** What was checked so far; `stop` adds to it. */
  checks: RestoreCheck[];
  /** Milliseconds of each part: unpacking, then until it was promoted and proven; `stop` adds its own, and what is checked after it. */
  timings: { extract: number; recover: number; stop?: number; check?: number };
  /** False once it has ended, in whichever way. */
  isRunning(): boolean;
  /** Stops it cleanly and leaves its directory; of a lasting one every page's checksum is read then, and all of it is on the disk when it answers. */
  stop(): Promise<void>;
  /** Ends it in any way and removes its directory. */
  discard(): Promise<void>;
};
