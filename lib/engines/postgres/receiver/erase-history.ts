import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { RESTORE_PREFIX } from "../history/flush-message.ts";
import { eraseCluster } from "../moments/erase-cluster.ts";
import type { ReceivedCluster } from "./received-cluster.ts";
import { readLogEnd } from "./server-facts.ts";

/** What the commit is called that a history begins with after an erasure, where nobody else commits. */
const BEGINNING = "beginning";

/** Commits a message of our own, and answers once it was received and is in the index. */
export async function markHistory(cluster: ReceivedCluster): Promise<void> {
  const { stream, sampler } = cluster;
  if (!stream) throw new LastgoodError("not_protected", "The log of this cluster is not received yet.");
  const session = await sampler.session(cluster.access());
  await session.query("SELECT pg_logical_emit_message(true, $1, $2)", [RESTORE_PREFIX, BEGINNING]);
  const { lsn } = await readLogEnd(session);
  await stream.received(session, parseLsn(lsn) ?? 0n);
  await stream.index();
}

/** Removes whatever of a cluster's history was written before a time, after everything else that is done to it; see `eraseCluster`. */
export function eraseHistory(cluster: ReceivedCluster, fromMs: number): Promise<{ removedBytes: number }> {
  return cluster.queue.do(async () => {
    const history = cluster.history();
    if (!history) return { removedBytes: 0 };
    await cluster.stream?.index();
    // What is on its way to the archive would be put there afterwards.
    await cluster.stream?.keeper.archived();
    // It could have been begun before that time.
    if (cluster.bases.isTaking) {
      throw new LastgoodError("restore_conflict", "A base backup of this cluster is being taken.", {
        hint: "It is tried again by itself.",
        retryAfterSeconds: 60,
      });
    }
    return eraseCluster(history, cluster.places.history, fromMs);
  });
}
