import type { CaptureStatus } from "../../domain/capture.ts";
import type { ClusterHealth } from "../../domain/cluster-health.ts";
import type { Speech } from "../processes/line-socket.ts";

/**
 * What agent and receiver say to each other over `receiver.sock`. The receiver is the one process that starts and stops hosted
 * clusters, receives log, and writes a cluster's history; so each of these is done by it, one after the other for one cluster.
 */
export interface AgentToReceiver extends Speech {
  asks: {
    status: {
      question: { database: string };
      answer: { status: CaptureStatus; health: ClusterHealth } | { status: null };
    };
    /**
     * Makes everything acknowledged so far part of the history: emits a message where the server can be asked to, waits until its
     * position was received and its commits are in the index. Answers the position of the newest commit's record.
     */
    flush: { question: { database: string }; answer: { lsn: string; capturedThroughMs: number } };
    /** Takes a base backup now; `incarnation` the one that serves. Answers once it counts. One at a time for a cluster. */
    base: { question: { database: string; label: string }; answer: { directory: string; stopLsn: string } };
    /**
     * Makes a stopped, complete data directory the one that serves, and sets the one that did aside under `restoreId`: stop, rename,
     * start, new incarnation, slot, receiver. What was begun under a `restoreId` is gone on with after any crash, and a repeat answers
     * what the first one did. `from`: where the directory lies, below the cluster's own root; `origin`: the bookmark of its state.
     */
    swap: { question: SwapOrder; answer: Swapped };
    /** Removes what a swap set aside. */
    discardAside: { question: { database: string; restoreId: string }; answer: Record<never, never> };
    /** Sets the password of the role that applications use. */
    setPassword: { question: { database: string; role: string; password: string }; answer: Record<never, never> };
  };
  tells: { hello: { as: "agent" }; look: Record<never, never> };
}

export interface ReceiverToAgent extends Speech {
  asks: Record<never, never>;
  tells: { welcome: Record<never, never> };
}

export type SwapOrder = {
  database: string;
  restoreId: string;
  from: string;
  origin: string;
  /** Log of the directory goes on from this incarnation, up to this position. */
  parent: { incarnation: number; uptoLsn: string };
  timeline: number;
};

export type Swapped = {
  /** The last commit of what served before. */
  previous: { bookmark: string; timeMs: number };
  /** The first commit of what serves now: the restore's own. */
  started: { bookmark: string; timeMs: number };
  activation: number;
  /** For how long nothing served. */
  downtimeMs: number;
};
