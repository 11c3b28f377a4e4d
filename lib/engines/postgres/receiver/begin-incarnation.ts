import { mkdirSync } from "node:fs";
import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import { beginStretch, current, emptyHistory, nextIncarnation } from "../history/begin-stretch.ts";
import { type ClusterHistory, writeClusterHistory } from "../history/cluster-history.ts";
import { RESTORE_PREFIX } from "../history/flush-message.ts";
import type { HostOrder } from "../receiver-protocol.ts";
import type { Session } from "./open-session.ts";
import type { ReceivedCluster } from "./received-cluster.ts";
import { dropSlot, makeSlot, slotName } from "./replication-slot.ts";
import { readLogEnd, readServerFacts } from "./server-facts.ts";

/** What the first commit of a cluster that no restore made is called. */
const MADE = "made";
/** And the first one of what goes on after log was lost. */
const AFTER_GAP = "gap";

/** The first incarnation: slot and receiver before the first commit that counts, so that there is one to go back to. */
export async function beginHistory(
  cluster: ReceivedCluster,
  session: Session,
  { restoreId, origin }: Pick<HostOrder, "restoreId" | "origin">,
): Promise<void> {
  const { places, registered } = cluster;
  mkdirSync(places.history, { recursive: true, mode: 0o700 });
  const empty = emptyHistory(await readServerFacts(session, registered.id));
  const history = await withIncarnation(cluster, session, empty, { restoreId, origin, previousEnd: null });
  writeClusterHistory(places.history, history);
  const stream = await cluster.receive(session, history);
  await session.query("SELECT pg_logical_emit_message(true, $1, $2)", [RESTORE_PREFIX, restoreId ?? MADE]);
  const { lsn } = await readLogEnd(session);
  await stream.received(session, parseLsn(lsn) ?? 0n);
  cluster.bases.takeIfDue();
}

/**
 * The server went on without us and has removed log that we do not have, or was set back from outside and does not go on from what we
 * have: what follows is a past of its own, restorable from its first base backup on. Nothing of what was received before is touched.
 */
export async function goOnAfterGap(
  cluster: ReceivedCluster,
  session: Session,
  history: ClusterHistory,
  reason: string,
): Promise<void> {
  const now = current(history);
  if (!now) return;
  const { places, sampler, log } = cluster;
  const stream = cluster.stream ?? cluster.streamOf(history, now.incarnation);
  await stream.stop();
  await stream.index().catch((error: unknown) => log.warn({ err: error }, "the log was not indexed"));
  cluster.stream = null;
  const end = stream.keeper.readThrough();
  await stream.close();
  const fromMs = Math.floor(sampler.capturedThroughMs ?? end?.timeMs ?? now.stretch.startedAtMs);
  // What was set back may have slots again that were dropped long ago, and keeps log for them.
  for (const { slot } of history.incarnations) await dropSlot(session, slot);
  sampler.forget();
  const begun = await withIncarnation(cluster, session, history, {
    restoreId: null,
    origin: null,
    previousEnd: { lsn: end?.lsn ?? now.stretch.startLsn, timeMs: fromMs },
  });
  const startedAtMs = begun.incarnations.at(-1)?.createdAtMs ?? fromMs;
  const gap = { fromMs, toMs: Math.max(fromMs, startedAtMs), reason };
  writeClusterHistory(places.history, { ...begun, gaps: [...begun.gaps, gap] });
  log.error({ reason }, "log of this cluster is missing; a new base backup is taken");
  await cluster.receive(session, begun);
  // Until somebody commits, the newest commit would be one of before the gap, and "now" that state. It waits for no other server.
  const message = "SELECT set_config('synchronous_commit', 'local', true), pg_logical_emit_message(true, $1, $2)";
  await session.query(message, [RESTORE_PREFIX, AFTER_GAP]);
  cluster.bases.takeIfDue();
}

/** A history with one more incarnation, whose slot is there; nobody has written it down yet. */
async function withIncarnation(
  cluster: ReceivedCluster,
  session: Session,
  history: ClusterHistory,
  facts: { restoreId: string | null; origin: string | null; previousEnd: { lsn: string; timeMs: number } | null },
): Promise<ClusterHistory> {
  const slot = slotName(cluster.registered.id, nextIncarnation(history));
  await makeSlot(session, slot);
  const { timeline, lsn, clockMs } = await readLogEnd(session);
  return beginStretch(history, { ...facts, timeline, slot, startLsn: lsn, startedAtMs: clockMs, parent: null });
}
