import { statSync, truncateSync } from "node:fs";
import { LastgoodError } from "../../../domain/errors.ts";
import { current } from "../history/begin-stretch.ts";
import { writeCapturedThrough } from "../history/captured-through.ts";
import { goOnAfterGap } from "./begin-incarnation.ts";
import { folderBytes } from "./folder-bytes.ts";
import { followZeroLoss } from "./follow-zero-loss.ts";
import { beginLate, serveUnprotected } from "./limited-mode.ts";
import type { Session } from "./open-session.ts";
import type { ReceivedCluster } from "./received-cluster.ts";
import { readClusterBytes } from "./server-facts.ts";
import { serverLog } from "./serving-configuration.ts";
import { standNoMore, standStill } from "./stand-still.ts";

const INDEX_EVERY_MS = 1000;
const SIZE_EVERY_MS = 30_000;
const MOST_SERVER_LOG_BYTES = 16 * 1024 * 1024;

/** When what was done last, of a clock that nobody sets. */
export type LastDone = { indexedMs: number; sizedMs: number };

/**
 * One look at a cluster, and what follows from it: a server that has ended is started, log that is not received is, a slot that was
 * lost is told of and replaced, a base backup that is due is begun. Throws what stands in the way.
 */
export async function lookAfter(cluster: ReceivedCluster, last: LastDone): Promise<void> {
  cluster.followPrograms();
  if (cluster.isLimited) return serveUnprotected(cluster, last);
  if (cluster.isHosted) await cluster.swaps.resume();
  const history = cluster.history();
  const now = history && current(history);
  if (!now) {
    await beginLate(cluster);
    return;
  }
  if (cluster.isHosted) await keepServing(cluster);
  const access = cluster.access();
  const session = await cluster.sampler.session(access);
  const sample = await cluster.sampler.sample(access, now.incarnation.slot);
  cluster.sample = sample;
  if (cluster.paused) {
    await standStill(cluster, session, cluster.paused);
    return measureIfDue(cluster, session, last);
  }
  await standNoMore(cluster);
  await requireSameServer(cluster, session, history.systemIdentifier);
  if (sample.slot === null || sample.slot.walStatus === "lost") {
    const reason = sample.slot ? "the server has removed log that was not received" : "the server's slot has vanished";
    await goOnAfterGap(cluster, session, history, reason);
    return;
  }
  const stream = await cluster.receive(session, history);
  const { setBack } = stream.receiver;
  if (setBack !== null) {
    await goOnAfterGap(cluster, session, history, `The server was set back from outside: ${setBack}.`);
    return;
  }
  if (sample.streaming) stream.receiver.forgive();
  await followZeroLoss(cluster, session, sample);
  cluster.isWell();
  const nowMs = performance.now();
  if (nowMs - last.indexedMs >= INDEX_EVERY_MS) {
    last.indexedMs = nowMs;
    noteThrough(cluster);
    await stream.index().catch((error: unknown) => cluster.log.error({ err: error }, "the log was not indexed"));
  }
  cluster.bases.takeIfDue();
  await measureIfDue(cluster, session, last);
}

/** Looks now and then at how much disk it takes. */
export async function measureIfDue(cluster: ReceivedCluster, session: Session, last: LastDone): Promise<void> {
  const nowMs = performance.now();
  if (nowMs - last.sizedMs < SIZE_EVERY_MS) return;
  last.sizedMs = nowMs;
  await measure(cluster, session);
}

/** Writes down up to when everything is in the history. */
export function noteThrough({ sampler, places, history }: ReceivedCluster): void {
  const throughMs = sampler.capturedThroughMs;
  if (throughMs !== null && history()) writeCapturedThrough(places.history, Math.floor(throughMs));
}

/** Has a hosted cluster's server run. */
export async function keepServing(cluster: ReceivedCluster): Promise<void> {
  const serving = cluster.serving();
  if (serving.pid() !== null) return;
  cluster.sample = null;
  if (!serving.hasData()) {
    throw new LastgoodError("internal", "The data directory of this cluster is gone.", {
      hint: "Restore its newest moment in place, or into a new database: everything that was received is there.",
    });
  }
  await cluster.sampler.close();
  await serving.start();
  cluster.stream?.receiver.hurry();
  cluster.log.info("the server was started");
}

/** Behind an address may be another server one day; its log is none of this history. */
async function requireSameServer(cluster: ReceivedCluster, session: Session, identifier: string): Promise<void> {
  if (cluster.isHosted || cluster.provenSession === session) return;
  const { rows } = await session.query<{ id: string }>("SELECT system_identifier::text AS id FROM pg_control_system()");
  if (rows[0]?.id !== identifier) {
    throw new LastgoodError("conflict", "Another server answers at this cluster's address.", {
      hint: "Correct the address, or attach that server as a database of its own. What was received is kept.",
    });
  }
  cluster.provenSession = session;
}

async function measure(cluster: ReceivedCluster, session: Session): Promise<void> {
  cluster.sizes = {
    databaseBytes: await readClusterBytes(session).catch(() => cluster.sizes.databaseBytes),
    historyBytes: await folderBytes(cluster.places.history),
  };
  if (!cluster.isHosted) return;
  // The server has it open for appending, so that it goes on at the beginning.
  const file = serverLog(cluster.places);
  const sizeBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes > MOST_SERVER_LOG_BYTES) truncateSync(file, 0);
}
