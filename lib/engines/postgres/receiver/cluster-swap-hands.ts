import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { current } from "../history/begin-stretch.ts";
import { SegmentKeeper } from "../history/segment-keeper.ts";
import type { ClusterStream } from "./cluster-stream.ts";
import { withSession } from "./open-session.ts";
import type { ReceivedCluster } from "./received-cluster.ts";
import { dropSlot, makeSlotLikeOurs, slotName } from "./replication-slot.ts";
import { writeServingConfiguration } from "./serving-configuration.ts";
import type { NewestCommit, SwapHands } from "./swap-hands.ts";

const STREAM_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 10;
/** Every slot that Lastgood made, of whichever incarnation: one that nobody reads from any more would keep log for ever. */
const OURS = "SELECT slot_name AS name FROM pg_replication_slots WHERE slot_name ~ '^lastgood_' AND slot_name <> $1";

/** What a swap has done to a received cluster. It is to be called from within the cluster's queue alone. */
export function clusterSwapHands(cluster: ReceivedCluster): SwapHands {
  const { places, sampler } = cluster;
  /** What was received up to the stop, until it is indexed. */
  let ended: ClusterStream | null = null;
  let stoppedAtMs = 0;

  async function requireStreaming(withinMs: number): Promise<void> {
    const now = currentOf(cluster);
    for (const untilMs = performance.now() + withinMs; ; await sleep(LOOK_EVERY_MS)) {
      const { streaming } = await sampler.sample(cluster.access(), now.incarnation.slot);
      if (streaming) return;
      if (performance.now() > untilMs) {
        throw new LastgoodError("agent_unavailable", "The log of this cluster is not received right now.", {
          hint: cluster.stream?.receiver.problem ?? "Look at the health of the database and try again.",
          retryAfterSeconds: 5,
        });
      }
    }
  }

  return {
    places,
    programs: cluster.programs(),
    get configurationFile() {
      const file = path.join(places.root, "serving.conf");
      // On a machine that only got the history back nothing has served yet.
      if (!existsSync(file)) writeServingConfiguration(places, null);
      return file;
    },
    access: () => cluster.access(),
    slotOf: (incarnation) => slotName(cluster.registered.id, incarnation),
    prepareStop: async () => {
      await requireStreaming(0);
      await withSession(cluster.access(), async (session) => {
        await session.query("CHECKPOINT");
      });
      await cluster.bases.cutOff();
      // What is left to be indexed once it has stopped takes no time.
      await cluster.stream?.index();
    },
    stop: async () => {
      await sampler.close();
      await cluster.serving().stop();
      stoppedAtMs = Date.now();
      await cluster.stream?.stop();
      ended = cluster.stream ?? ended;
      cluster.stream = null;
      cluster.sample = null;
    },
    hasReceived: async (lsn) => {
      await ended?.index();
      const through = parseLsn(ended?.keeper.readThrough()?.lsn ?? "");
      const isThere = through !== null && through > (parseLsn(lsn) ?? through);
      if (isThere) sampler.reached(stoppedAtMs);
      return isThere;
    },
    start: () => cluster.serving().start(),
    settle: async (incarnation): Promise<NewestCommit | null> => {
      if (ended?.incarnation.number === incarnation) {
        await ended.index();
        const newest = ended.keeper.newest();
        await ended.close();
        ended = null;
        return newest;
      }
      const { segmentBytes } = currentOf(cluster).history;
      const order = { directory: places.history, incarnation, segmentBytes };
      const keeper = new SegmentKeeper({ ...order, programs: cluster.programs(), log: cluster.log });
      try {
        await keeper.take();
        return keeper.newest();
      } finally {
        await keeper.close();
      }
    },
    receive: async () => {
      const { history, incarnation } = currentOf(cluster);
      // Of one incarnation there is one keeper at a time; what served before may serve again.
      if (ended?.incarnation.number === incarnation.number) {
        await ended.close();
        ended = null;
      }
      const session = await sampler.session(cluster.access());
      await makeSlotLikeOurs(session, incarnation.slot);
      await cluster.receive(session, history);
      // The others hold its log until its own receiver has begun.
      await requireStreaming(STREAM_WITHIN_MS);
      const { rows } = await session.query<{ name: string }>(OURS, [incarnation.slot]);
      for (const { name } of rows) await dropSlot(session, name);
      cluster.bases.allow();
    },
    receivedUpTo: async (lsn) => {
      const session = await sampler.session(cluster.access());
      await cluster.stream?.received(session, parseLsn(lsn) ?? 0n, STREAM_WITHIN_MS);
      await cluster.flush();
      cluster.bases.takeIfDue();
    },
  };
}

function currentOf(cluster: ReceivedCluster) {
  const history = cluster.history();
  const now = history && current(history);
  if (history && now) return { history, ...now };
  throw new LastgoodError("not_protected", "The log of this cluster is not received yet.", {
    hint: "Wait until its first base backup is complete.",
    outcome: "nothing",
  });
}
