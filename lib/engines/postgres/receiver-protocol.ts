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
    /** What a swap under that id has come to, once nothing of it is under way any more; null: it never took place. */
    swapped: { question: { database: string; restoreId: string }; answer: { swapped: Swapped | null } };
    /** Removes what a swap set aside. */
    discardAside: { question: { database: string; restoreId: string }; answer: Record<never, never> };
    /**
     * Makes the hosted cluster of that id, which must be in the registry: serving, received, with its first commit. A repeat after a
     * crash goes on with what is there. Answers before its first base backup counts.
     */
    host: { question: HostOrder & { database: string }; answer: Hosted };
    /**
     * Looks whether a server of somebody else's, reached as the cluster's access file says, can be protected, and begins that. Throws
     * `attach_refused` with what is missing. A repeat after a crash goes on with what is there.
     */
    attach: { question: { database: string }; answer: { serverVersion: number } };
    /** Answers once a cluster that was taken out of the registry is let go of: stopped where it is hosted, its slot removed where not. */
    released: { question: { database: string }; answer: Record<never, never> };
    /** Removes what no commit from a time on needs, and what no plan of lately does. */
    prune: {
      question: { database: string; keepFromMs: number; recent: readonly { incarnation: number; base: string }[] };
      answer: { removedBytes: number };
    };
    /** Commits a message of our own and answers once it is in the index: so there is a commit behind the newest base backup. */
    mark: { question: { database: string }; answer: Record<never, never> };
    /** Removes whatever was written before a time of the server's clock; see `eraseCluster`. */
    erase: { question: { database: string; fromMs: number }; answer: { removedBytes: number } };
    /** Sets the password of the role that applications use. */
    setPassword: { question: { database: string; role: string; password: string }; answer: Record<never, never> };
  };
  tells: { hello: { as: "agent" }; look: Record<never, never> };
}

export interface ReceiverToAgent extends Speech {
  asks: Record<never, never>;
  tells: { welcome: Record<never, never> };
}

export type HostOrder = {
  /** A stopped, complete data directory below the cluster's own root, in which `lastgood` is a superuser with that password; null: a new one. */
  from: string | null;
  /** Of the superuser `lastgood`; not used where the cluster is there already. */
  password: string;
  /** Makes role and database `app` where they are missing, with this password; null: roles and databases are left as they are. */
  appPassword: string | null;
  /** The restore that made the directory, and the bookmark of its state. */
  restoreId: string | null;
  origin: string | null;
};

export type Hosted = { serverVersion: number; port: number; role: string; database: string };

export type SwapOrder = {
  database: string;
  restoreId: string;
  from: string;
  origin: string;
  /** Log of the directory goes on from this incarnation, up to this position; null: it is a state of another cluster's history. */
  parent: { incarnation: number; uptoLsn: string } | null;
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
