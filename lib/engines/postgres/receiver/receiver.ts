import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { LastgoodError } from "../../../domain/errors.ts";
import type { RuntimePaths } from "../../../runtime-paths.ts";
import { type LineServer, serveLines } from "../../processes/line-socket.ts";
import { type ClusterRegistry, followClusterRegistry, type RegisteredCluster } from "../cluster-registry.ts";
import type { AgentToReceiver, ReceiverToAgent } from "../receiver-protocol.ts";
import { readAccess } from "./access-file.ts";
import { clusterStatus } from "./cluster-status.ts";
import { eraseHistory, markHistory } from "./erase-history.ts";
import { ReceivedCluster } from "./received-cluster.ts";

const TAKE_IN_WITHIN_MS = 250;

export type ReceiverOptions = { paths: RuntimePaths; log: Logger };

/** All clusters of one registry: each kept running and received, and what the agent asks of them done one after the other. */
export class Receiver {
  readonly #log: Logger;
  readonly #clusters = new Map<string, ReceivedCluster>();
  /** Those that are let go of, until they are. */
  readonly #leaving = new Map<string, Promise<void>>();
  #registry: ClusterRegistry = { version: 1, programs: null, clusters: [] };
  #stopping = false;
  #server: LineServer<ReceiverToAgent, AgentToReceiver> | null = null;
  #follow: { look(): void; close(): void } | null = null;

  private constructor(log: Logger) {
    this.#log = log;
  }

  /** Rejects with `EADDRINUSE` while another receiver serves this data directory. */
  static async start({ paths, log }: ReceiverOptions): Promise<Receiver> {
    const receiver = new Receiver(log);
    // Whoever has the socket is the one receiver: nothing is touched before.
    receiver.#server = await serveLines<ReceiverToAgent, AgentToReceiver>(paths.receiverSocket, {
      asks: {
        status: async ({ database }) => {
          const cluster = receiver.#clusters.get(database);
          if (!cluster) return { status: null };
          await takeIn(cluster);
          return clusterStatus(cluster);
        },
        flush: ({ database }) => receiver.#get(database).flush(),
        base: async ({ database, label }) => {
          const { directory, stopLsn } = await receiver.#get(database).bases.take(label);
          return { directory, stopLsn };
        },
        host: async ({ database, ...order }) => {
          receiver.#follow?.look();
          return receiver.#get(database).host(order);
        },
        attach: ({ database }) => {
          receiver.#follow?.look();
          return receiver.#get(database).attach();
        },
        swap: (order) => receiver.#get(order.database).swaps.swap(order),
        swapped: async ({ database, restoreId }) => ({
          swapped: await receiver.#get(database).swaps.swapped(restoreId),
        }),
        discardAside: async ({ database, restoreId }) => {
          await receiver.#get(database).swaps.discardAside(restoreId);
          return {};
        },
        released: async ({ database }) => {
          receiver.#follow?.look();
          await receiver.#leaving.get(database);
          return {};
        },
        prune: ({ database, keepFromMs, recent }) => receiver.#get(database).prune(keepFromMs, recent),
        mark: async ({ database }) => {
          await markHistory(receiver.#get(database));
          return {};
        },
        erase: ({ database, fromMs }) => eraseHistory(receiver.#get(database), fromMs),
        setPassword: async ({ database, role, password }) => {
          await receiver.#get(database).setPassword(role, password);
          return {};
        },
      },
      tells: { hello: (_message, peer) => peer.tell("welcome", {}), look: () => receiver.#follow?.look() },
    });
    receiver.#follow = followClusterRegistry(
      paths.clusterRegistry,
      (registry) => {
        receiver.#registry = registry;
        receiver.#apply();
      },
      (error) => log.error({ err: error }, "the list of clusters cannot be read; it is looked at again"),
    );
    return receiver;
  }

  /** Ends in order: every hosted cluster is stopped cleanly, after all of its log was received. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#follow?.close();
    const all = [...this.#clusters.values()];
    this.#clusters.clear();
    const ended = await Promise.allSettled([...all.map((cluster) => cluster.stop()), ...this.#leaving.values()]);
    for (const one of ended)
      if (one.status === "rejected") this.#log.error({ err: one.reason }, "a cluster did not end in order");
    await this.#server?.close();
  }

  /** Lets go of what is not in the registry any more, and begins with what is new there. */
  #apply(): void {
    const wanted = new Map(this.#registry.clusters.map((cluster) => [cluster.id, cluster]));
    for (const [id, cluster] of this.#clusters) {
      if (wanted.has(id)) continue;
      this.#clusters.delete(id);
      this.#leaving.set(id, this.#leave(id, cluster));
    }
    for (const [id, registered] of wanted) {
      const known = this.#clusters.get(id);
      if (known) Object.assign(known, { registered, paused: this.#registry.paused ?? null });
      else if (!this.#leaving.has(id)) this.#add(registered);
    }
  }

  async #leave(id: string, cluster: ReceivedCluster): Promise<void> {
    try {
      await cluster.release();
    } catch (error) {
      this.#log.error({ err: error, database: id }, "a cluster was not let go of in order");
    }
    this.#leaving.delete(id);
    // It may have been registered anew meanwhile.
    if (!this.#stopping) this.#apply();
  }

  #add(registered: RegisteredCluster): void {
    const { programs, paused = null } = this.#registry;
    const cluster = new ReceivedCluster({ registered, programs, takenPorts: () => this.#ports(), log: this.#log });
    cluster.paused = paused;
    this.#clusters.set(registered.id, cluster);
    cluster.begin();
  }

  #ports(): Set<number> {
    const files = [...this.#clusters.values()].map(({ places }) => places.access).filter(existsSync);
    return new Set(files.flatMap((file) => readAccess(file)?.port ?? []));
  }

  #get(id: string): ReceivedCluster {
    const cluster = this.#clusters.get(id);
    if (cluster) return cluster;
    throw new LastgoodError("not_protected", "This cluster is not received.", {
      hint: "Its protection may just be beginning or ending; try again in a moment.",
    });
  }
}

/** Whoever asks what is captured hears of what has just arrived, too: unless there is so much of it that it takes long. */
async function takeIn({ stream }: ReceivedCluster): Promise<void> {
  // What stands in the way the stream remembers.
  const taken = stream?.index().catch(() => undefined);
  if (taken) await Promise.race([taken, sleep(TAKE_IN_WITHIN_MS)]);
}
