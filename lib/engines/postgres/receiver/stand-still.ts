import { statfsSync } from "node:fs";
import type { CapturePause } from "../../engine-room.ts";
import { applyZeroLoss } from "./follow-zero-loss.ts";
import type { Session } from "./open-session.ts";
import type { ReceivedCluster } from "./received-cluster.ts";

/** Of the room that is left on a hosted server's disk, what its own log may take. */
const SHARE_OF_ROOM = 1 / 4;

/**
 * Receives nothing for now: no segment, no base backup, and no commit waits. A hosted server, which lies on a disk of ours, keeps as much log
 * for later as a part of the room allows that is left there, so that its own log never fills the disk; one of somebody else's keeps it up
 * to its own limit. What it has to remove before it is received is told as a gap later on.
 */
export async function standStill(cluster: ReceivedCluster, session: Session, { cause }: CapturePause): Promise<void> {
  const { zeroLoss, log } = cluster;
  zeroLoss.lift(cause);
  if (cluster.isHosted && typeof cluster.logLimitBytes !== "number") {
    cluster.logLimitBytes = roomIn(cluster.places.live) * SHARE_OF_ROOM;
    cluster.serving().reconfigure();
    cluster.appliedZeroLoss = zeroLoss.state;
    // What it has kept for its next checkpoint comes back at once.
    await session.query("CHECKPOINT").catch((error: unknown) => log.warn({ err: error }, "no checkpoint was made"));
  }
  if (zeroLoss.state !== cluster.appliedZeroLoss) await applyZeroLoss(cluster, session);
  await cluster.bases.cutOff();
  if (cluster.stream) {
    await cluster.letGoOfLog();
    log.warn({ cause }, "the log is not received for now");
  }
  cluster.isWell();
}

/** What `standStill` has limited is as always again. */
export async function standNoMore(cluster: ReceivedCluster): Promise<void> {
  // Of every cluster; only hosted ones had a limit of their log.
  cluster.bases.allow();
  if (cluster.logLimitBytes === null) return;
  cluster.logLimitBytes = null;
  if (cluster.isHosted) cluster.serving().reconfigure();
}

function roomIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
