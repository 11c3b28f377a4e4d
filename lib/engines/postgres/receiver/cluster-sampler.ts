import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { openSession, type Session } from "./open-session.ts";
import type { SlotState } from "./replication-slot.ts";

/** What a server says of itself and of our receiver at one instant. Positions are bytes of log. */
export type Sample = {
  /** When it was asked for, of the clock of `performance`. */
  askedMs: number;
  /** The server's clock, Unix milliseconds, read before the positions. */
  clockMs: number;
  insertLsn: bigint;
  flushLsn: bigint;
  /** Up to here our receiver has it on its disk; null while it is not connected. */
  receivedLsn: bigint | null;
  streaming: boolean;
  slot: SlotState | null;
  /** Sessions whose commit waits for a receiver: process id and the start of the statement. */
  waiting: string[];
};

type Row = {
  clock_ms: string;
  insert_lsn: string;
  flush_lsn: string;
  received_lsn: string | null;
  state: string | null;
  slot_name: string | null;
  active: boolean;
  active_pid: number | null;
  wal_status: SlotState["walStatus"];
  safe_wal_size: string | null;
  restart_lsn: string | null;
  waiting: string[] | null;
};

// A role that may replicate and nothing else sees no positions of receivers; its slot keeps log from the position on that was last
// told to be on the receiver's disk. https://www.postgresql.org/docs/current/view-pg-replication-slots.html
// The clock stands first in a subquery that is not pulled up, so that it is read before the positions.
const SAMPLE = `WITH clock AS MATERIALIZED (SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms)
SELECT clock.ms::bigint AS clock_ms, pg_current_wal_insert_lsn() AS insert_lsn, pg_current_wal_flush_lsn() AS flush_lsn,
  CASE WHEN s.active THEN coalesce(r.flush_lsn, s.restart_lsn) END AS received_lsn,
  coalesce(r.state, CASE WHEN s.active THEN 'streaming' END) AS state, s.slot_name, s.active, s.active_pid, s.wal_status, s.safe_wal_size, s.restart_lsn,
  (SELECT array_agg(pid || ' ' || extract(epoch FROM query_start)) FROM pg_stat_activity WHERE wait_event = 'SyncRep') AS waiting
FROM clock LEFT JOIN pg_replication_slots s ON s.slot_name = $1 LEFT JOIN pg_stat_replication r ON r.pid = s.active_pid`;

/** One connection to a server that is asked how it stands, again and again; opened anew after it was lost. */
export class ClusterSampler {
  #session: Session | null = null;
  #opening: Promise<Session> | null = null;
  #reaches: { clockMs: number; lsn: bigint }[] = [];
  #lastClockMs: number | null = null;
  #throughMs: number | null = null;

  /** Everything committed up to this time of the server's clock was received; null while that is not known. */
  get capturedThroughMs(): number | null {
    return this.#throughMs;
  }

  /** The time since which something is not received; null while all is. */
  get behindSinceMs(): number | null {
    return this.#reaches[0]?.clockMs ?? null;
  }

  /** Takes over what an earlier run had found out. */
  startFrom(throughMs: number | null): void {
    this.#throughMs = throughMs;
  }

  async session(access: ClusterConnection): Promise<Session> {
    if (this.#session) return this.#session;
    this.#opening ??= this.#open(access).finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async sample(access: ClusterConnection, slot: string): Promise<Sample> {
    const session = await this.session(access);
    const askedMs = performance.now();
    const { rows } = await session.query<Row>(SAMPLE, [slot]);
    const row = rows[0];
    if (!row) throw new Error("a server gave no sample of itself");
    const sample = { askedMs, ...readRow(row) };
    this.#follow(sample);
    return sample;
  }

  /** Notes that all up to a time was received, where somebody else has found that out. */
  reached(clockMs: number): void {
    this.#throughMs = Math.max(this.#throughMs ?? 0, clockMs);
  }

  /** Positions of up to now mean nothing in the log that follows. */
  forget(): void {
    this.#reaches = [];
    this.#lastClockMs = null;
  }

  /** Another server answers from now on. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    this.forget();
    await session?.end().catch(() => undefined);
  }

  async #open(access: ClusterConnection): Promise<Session> {
    const session = await openSession(access, {
      name: "lastgood watches",
      lost: () => {
        if (this.#session === session) this.#session = null;
      },
    });
    // Nothing of ours may wait for the receiver that it looks after.
    await session.query("SET synchronous_commit = local; SET statement_timeout = '30s'; SET lock_timeout = '10s'");
    this.#session = session;
    return session;
  }

  /**
   * A commit's time is read before its record is written. So a position stands for the time of the sample before it: what had a
   * time by then has been written since.
   */
  #follow({ clockMs, insertLsn, receivedLsn }: Sample): void {
    if (this.#lastClockMs !== null && clockMs > this.#lastClockMs) {
      this.#reaches.push({ clockMs: this.#lastClockMs, lsn: insertLsn });
    }
    this.#lastClockMs = clockMs;
    if (receivedLsn === null) {
      // The oldest is what tells since when nothing arrives; of the rest the newest do.
      if (this.#reaches.length > 1000) this.#reaches.splice(1, 1);
      return;
    }
    while (this.#reaches[0] && this.#reaches[0].lsn <= receivedLsn) {
      this.reached(this.#reaches[0].clockMs);
      this.#reaches.shift();
    }
    if (this.#reaches.length > 1000) this.#reaches.splice(1, 1);
  }
}

function readRow(row: Row): Omit<Sample, "askedMs"> {
  return {
    clockMs: Number(row.clock_ms),
    insertLsn: parseLsn(row.insert_lsn) ?? 0n,
    flushLsn: parseLsn(row.flush_lsn) ?? 0n,
    receivedLsn: row.received_lsn === null ? null : parseLsn(row.received_lsn),
    streaming: row.state === "streaming",
    slot:
      row.slot_name === null
        ? null
        : {
            active: row.active,
            activePid: row.active_pid,
            walStatus: row.wal_status,
            safeBytes: row.safe_wal_size === null ? null : Math.max(0, Number(row.safe_wal_size)),
            restartLsn: row.restart_lsn,
          },
    waiting: row.waiting ?? [],
  };
}
