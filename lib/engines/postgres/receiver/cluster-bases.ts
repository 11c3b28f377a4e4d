import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { type KeptBase, listBases } from "../bases/base-record.ts";
import { takeBase } from "../bases/take-base.ts";
import { current } from "../history/begin-stretch.ts";
import { incarnationFolders, readClusterHistory, writeClusterHistory } from "../history/cluster-history.ts";
import { BaseSchedule } from "./base-schedule.ts";
import { OneAfterAnother } from "./one-after-another.ts";
import type { ReceivedCluster } from "./received-cluster.ts";

/** The base backups of one cluster: taken one at a time, when they are due or somebody asks. */
export class ClusterBases {
  readonly #cluster: ReceivedCluster;
  readonly #queue = new OneAfterAnother();
  readonly #schedule = new BaseSchedule();
  #taking = new AbortController();
  #problem: LastgoodError | null = null;

  constructor(cluster: ReceivedCluster) {
    this.#cluster = cluster;
  }

  /** Why the last one failed; null where it did not. */
  get problem(): LastgoodError | null {
    return this.#problem;
  }

  get isTaking(): boolean {
    return this.#queue.isBusy;
  }

  /** The newest one of the incarnation that goes on now. */
  newest(): KeptBase | null {
    const number = this.#number();
    return number === null ? null : (listBases(this.#folders(number).bases).at(-1) ?? null);
  }

  /** Takes one of the incarnation that serves; answers once it counts. Throws as `takeBase`. */
  take(label: string): Promise<KeptBase> {
    return this.#queue.do(async () => {
      const number = this.#number();
      if (number === null) throw new LastgoodError("not_protected", "The log of this cluster is not received yet.");
      try {
        const base = await takeBase(
          {
            access: this.#cluster.access(),
            programs: this.#cluster.programs(),
            folders: this.#folders(number),
            incarnation: number,
            label,
            compress: this.#cluster.isHosted ? "server" : "client",
          },
          this.#taking.signal,
        );
        this.#schedule.succeeded();
        this.#problem = null;
        this.#closeGap(base);
        this.#cluster.log.info({ directory: base.directory, stopLsn: base.stopLsn }, "a base backup was taken");
        return base;
      } catch (error) {
        if (!this.#taking.signal.aborted) this.#failed(error);
        throw error;
      }
    });
  }

  /** Begins one where it is due, and does not wait for it. */
  takeIfDue(): void {
    if (this.isTaking || this.#taking.signal.aborted || this.#number() === null) return;
    const newest = this.newest();
    const isDue = this.#schedule.isDue({
      newest,
      newestStopLsn: newest && parseLsn(newest.stopLsn),
      receivedLsn: this.#cluster.sample?.receivedLsn ?? 0n,
      nowMs: Date.now(),
    });
    if (!isDue) return;
    void this.take("lastgood scheduled").catch((error: unknown) => {
      this.#cluster.log.error({ err: error }, "a base backup did not come to its end; it is tried again");
    });
  }

  /** Cuts off what is under way; nothing of it counts. Answers when it has ended. */
  async cutOff(): Promise<void> {
    this.#taking.abort(new LastgoodError("cancelled", "The cluster is being stopped."));
    await this.#queue.do(async () => undefined);
  }

  /** After `cutOff`: they may be taken again, the next one at once where there is none yet. */
  allow(): void {
    if (this.#taking.signal.aborted) this.#taking = new AbortController();
  }

  #failed(error: unknown): void {
    this.#schedule.failed(Date.now());
    this.#problem = error instanceof LastgoodError ? error : new LastgoodError("internal", String(error));
  }

  /** What lies between a gap and the first base after it cannot be restored either. */
  #closeGap(base: KeptBase): void {
    const { history: directory } = this.#cluster.places;
    const history = readClusterHistory(directory);
    const number = this.#number();
    const begun = history?.incarnations.find((incarnation) => incarnation.number === number);
    const last = history?.gaps.at(-1);
    const isFirst = listBases(this.#folders(base.incarnation).bases).length === 1;
    if (!history || !begun || begun.parent || !last || !isFirst || last.toMs > base.stoppedAtMs) return;
    const gaps = [...history.gaps.slice(0, -1), { ...last, toMs: base.stoppedAtMs }];
    writeClusterHistory(directory, { ...history, gaps });
  }

  #number(): number | null {
    const history = this.#cluster.history();
    return (history && current(history)?.incarnation.number) ?? null;
  }

  #folders(number: number) {
    return incarnationFolders(this.#cluster.places.history, number);
  }
}
