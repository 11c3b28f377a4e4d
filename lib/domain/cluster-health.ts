/** How the protection of one PostgreSQL cluster stands. Times are Unix milliseconds. */
export type ClusterHealth = {
  databaseId: string;
  server: "starting" | "running" | "stopped" | "unreachable";
  /** Major version; null while it is not known. */
  serverVersion: number | null;
  /** `limited`: without the distribution's client programs, nothing can be looked into or verified. */
  mode: "full" | "limited";
  receiver: "streaming" | "catching_up" | "down";
  /** What would be lost if the server's machine died now: not yet received bytes, and for how long that has been so. */
  lagBytes: number | null;
  lagMs: number | null;
  slot: {
    name: string;
    /** PostgreSQL's `wal_status`; null: there is no slot. */
    walStatus: "reserved" | "extended" | "unreserved" | "lost" | null;
    /** Bytes that may still be written before the slot could be lost; null: no limit. */
    safeBytes: number | null;
  };
  /** Of the disk with the history. */
  diskFreeBytes: number | null;
  archiveBytes: number | null;
  /** `lifted`: it is asked for, and commits do not wait now, since the receiver could not keep up. */
  zeroLoss: "off" | "on" | "lifted";
  liftedSinceMs: number | null;
  lastBase: { timeMs: number; sizeBytes: number } | null;
  problem: { cause: string; remedy: string } | null;
};
