import { statfsSync } from "node:fs";
import type { CaptureStatus } from "../../../domain/capture.ts";
import { formatClusterBookmark, parseLsn } from "../../../domain/cluster-bookmark.ts";
import type { ClusterHealth } from "../../../domain/cluster-health.ts";
import { current } from "../history/begin-stretch.ts";
import type { ClusterHistory } from "../history/cluster-history.ts";
import { explainTrouble } from "./explain-trouble.ts";
import type { ReceivedCluster } from "./received-cluster.ts";
import { slotName } from "./replication-slot.ts";

/** A receiver that is started again takes less than this. */
const SOON_MS = 10_000;

/** How one cluster stands, from what was found out last: asks nobody. */
export function clusterStatus(cluster: ReceivedCluster): { status: CaptureStatus; health: ClusterHealth } {
  const history = readHistory(cluster);
  const health = clusterHealth(cluster, history);
  const now = history && current(history);
  const newest = cluster.stream?.keeper.newest() ?? null;
  const isOfStretch = now && newest && (parseLsn(newest.lsn) ?? 0n) >= (parseLsn(now.stretch.startLsn) ?? 0n);
  const last =
    isOfStretch && newest
      ? {
          bookmark: formatClusterBookmark({
            activation: now.stretch.activation,
            lsn: parseLsn(newest.lsn) ?? 0n,
            historyTag: history.tag,
            timeline: now.stretch.timeline,
            incarnation: now.incarnation.number,
          }),
          timeMs: newest.timeMs,
          txid: newest.ordinal + 1,
        }
      : null;
  const isLongSince = cluster.problem !== null && Date.now() - cluster.problem.sinceMs > SOON_MS;
  const isReceived = health.receiver === "streaming" || health.receiver === "catching_up";
  const state =
    isLongSince || cluster.isLimited
      ? "stopped"
      : !isReceived
        ? health.problem
          ? "stopped"
          : "starting"
        : health.lastBase
          ? "protected"
          : "base";
  const status: CaptureStatus = {
    databaseId: cluster.registered.id,
    state,
    progress: null,
    problem: health.problem,
    last,
    capturedThroughMs: cluster.sampler.capturedThroughMs,
    spare: health.slot.walStatus === "reserved" || health.slot.walStatus === "extended",
    databaseBytes: cluster.sizes.databaseBytes,
    historyBytes: cluster.sizes.historyBytes,
    cluster: health,
  };
  return { status, health };
}

function readHistory(cluster: ReceivedCluster): ClusterHistory | null {
  try {
    return cluster.history();
  } catch {
    // It is named among the problems: whatever is done to the cluster trips over it as well.
    return null;
  }
}

function clusterHealth(cluster: ReceivedCluster, history: ClusterHistory | null): ClusterHealth {
  const { sample, sampler, registered } = cluster;
  const now = history && current(history);
  const lagBytes =
    sample?.receivedLsn === null || sample?.receivedLsn === undefined
      ? null
      : Number(sample.flushLsn - sample.receivedLsn);
  const behindSinceMs = sampler.behindSinceMs;
  const base = cluster.bases.newest();
  return {
    databaseId: registered.id,
    server: sample ? "running" : cluster.isHosted ? (cluster.problem ? "stopped" : "starting") : "unreachable",
    serverVersion: history?.serverVersion ?? null,
    mode: cluster.isLimited ? "limited" : "full",
    receiver: cluster.isStreaming ? "streaming" : sample?.receivedLsn != null ? "catching_up" : "down",
    lagBytes: lagBytes === null ? null : Math.max(0, lagBytes),
    lagMs: sample && behindSinceMs !== null ? Math.max(0, sample.clockMs - behindSinceMs) : sample ? 0 : null,
    slot: {
      name: now?.incarnation.slot ?? slotName(registered.id, 1),
      walStatus: sample?.slot?.walStatus ?? null,
      safeBytes: sample?.slot?.safeBytes ?? null,
    },
    diskFreeBytes: freeBytes(cluster.places.history),
    archiveBytes: cluster.sizes.historyBytes,
    zeroLoss: cluster.zeroLoss.state,
    liftedSinceMs: cluster.zeroLoss.liftedSinceMs,
    lastBase: base
      ? { timeMs: base.stoppedAtMs, sizeBytes: base.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
      : null,
    problem: explainTrouble(cluster),
  };
}

function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
