import type { SwapOrder, Swapped } from "../receiver-protocol.ts";
import { removeOldAside } from "./aside-directories.ts";
import { clusterSwapHands } from "./cluster-swap-hands.ts";
import type { ReceivedCluster } from "./received-cluster.ts";
import { discardAside, resumeSwap, swapCluster } from "./swap-cluster.ts";
import { readSwapJournal } from "./swap-journal.ts";

const TIDY_EVERY_MS = 3_600_000;

/** The swaps of one received cluster, one after the other with everything else that is done to it. */
export class ClusterSwaps {
  readonly #cluster: ReceivedCluster;
  #tidiedAtMs = Number.NEGATIVE_INFINITY;
  /** Whether one may be on the disk that did not come to its end. */
  #mayBeOpen = true;

  constructor(cluster: ReceivedCluster) {
    this.#cluster = cluster;
  }

  /** Makes another data directory the one that serves; see `swapCluster`. */
  swap(order: SwapOrder): Promise<Swapped> {
    return this.#cluster.queue.do(async () => {
      // Whatever goes wrong: what was decided is gone on with before anything else.
      this.#mayBeOpen = true;
      const swapped = await swapCluster(clusterSwapHands(this.#cluster), order);
      this.#mayBeOpen = false;
      return swapped;
    });
  }

  /** What a swap has come to, after everything of it that was under way. */
  swapped(restoreId: string): Promise<Swapped | null> {
    return this.#cluster.queue.do(async () => {
      await this.resume();
      return readSwapJournal(this.#cluster.places.history, restoreId)?.swapped ?? null;
    });
  }

  /** Removes what a swap has set aside. */
  discardAside(restoreId: string): Promise<void> {
    return this.#cluster.queue.do(async () => discardAside({ places: this.#cluster.places }, restoreId));
  }

  /** Goes on with a swap that did not come to its end; to be called from within the queue, before the cluster is started. */
  async resume(): Promise<void> {
    if (this.#mayBeOpen && this.#cluster.history()) {
      await resumeSwap(clusterSwapHands(this.#cluster));
      this.#mayBeOpen = false;
    }
    if (performance.now() - this.#tidiedAtMs < TIDY_EVERY_MS) return;
    this.#tidiedAtMs = performance.now();
    const removed = await removeOldAside(this.#cluster.places, Date.now());
    if (removed.length > 0) this.#cluster.log.info({ removed }, "states that were set aside long ago are removed");
  }
}
