import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { formatLsn, parseLsn } from "../../../domain/cluster-bookmark.ts";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { type ClusterHistory, type Incarnation, incarnationFolders } from "../history/cluster-history.ts";
import { SegmentKeeper } from "../history/segment-keeper.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { LogReceiver } from "./log-receiver.ts";
import type { Session } from "./open-session.ts";
import { findSetBack } from "./prove-continues.ts";
import { freeSlot, receiverName } from "./replication-slot.ts";

const RECEIVED_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 2;

/** The log of one incarnation as it comes in: received, and put into the index. */
export class ClusterStream {
  readonly incarnation: Incarnation;
  readonly receiver: LogReceiver;
  readonly keeper: SegmentKeeper;
  #indexProblem: LastgoodError | null = null;

  constructor(order: {
    history: ClusterHistory;
    incarnation: Incarnation;
    directory: string;
    programs: PostgresPrograms;
    access: ClusterConnection;
    /** Whether others may set the server back from outside. */
    isAttached: boolean;
    log: Logger;
  }) {
    const { history, incarnation, directory, programs, access, isAttached, log } = order;
    this.incarnation = incarnation;
    this.receiver = new LogReceiver({
      programs,
      access,
      wal: incarnationFolders(directory, incarnation.number).wal,
      slot: incarnation.slot,
      name: receiverName(history.databaseId),
      findSetBack: isAttached ? () => this.#findSetBack(access, history.segmentBytes) : undefined,
      log,
    });
    const { segmentBytes } = history;
    this.keeper = new SegmentKeeper({ directory, incarnation: incarnation.number, segmentBytes, programs, log });
  }

  /** Why what was received is not in the index; null while it is. */
  get indexProblem(): LastgoodError | null {
    return this.#indexProblem;
  }

  /** Begins to receive; one that was ours before a crash and still streams ends first. */
  async begin(session: Session): Promise<void> {
    await freeSlot(session, this.incarnation.slot);
    this.receiver.start();
  }

  /** What is there is read first: up to there the server has to have the same. */
  async #findSetBack(access: ClusterConnection, segmentBytes: number): Promise<string | null> {
    await this.keeper.take();
    const throughLsn = parseLsn(this.keeper.readThrough()?.lsn ?? "") ?? 0n;
    if (throughLsn === 0n) return null;
    return findSetBack(access, { wal: this.receiver.folder, segmentBytes, throughLsn });
  }

  /** Waits until our disk holds everything up to a position. Throws `agent_unavailable` where that takes too long. */
  async received(session: Session, lsn: bigint, withinMs = RECEIVED_WITHIN_MS): Promise<void> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const { rows } = await session.query<{ there: boolean | null }>(
        `SELECT coalesce(r.flush_lsn, s.restart_lsn) >= $2::pg_lsn AS there FROM pg_replication_slots s
         JOIN pg_stat_replication r ON r.pid = s.active_pid WHERE s.slot_name = $1`,
        [this.incarnation.slot, formatLsn(lsn)],
      );
      if (rows[0]?.there) return;
      if (rows.length === 0) this.receiver.hurry();
      if (performance.now() > untilMs) {
        throw new LastgoodError("agent_unavailable", "The log is not received right now.", {
          hint: this.receiver.problem ?? "Look at the health of the database and try again.",
          retryAfterSeconds: 5,
        });
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Puts what was received into the index; what stands in the way is remembered and thrown. */
  async index(): Promise<void> {
    try {
      await this.keeper.take();
      this.#indexProblem = null;
    } catch (error) {
      this.#indexProblem =
        error instanceof LastgoodError
          ? error
          : new LastgoodError("internal", `What was received cannot be indexed: ${String(error)}`);
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.receiver.stop();
  }

  /** Lets go of the index, which somebody else may write then. */
  close(): Promise<void> {
    return this.keeper.close();
  }
}
