import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import type { ClusterHealth } from "../../lib/domain/cluster-health.ts";
import { readStatus } from "./database-status.ts";

/** What would be missing from the history if its database vanished now. */
export type NotKeptYet = { words: string; remark: string };

/**
 * A hosted file acknowledges a write once it is kept, so nothing acknowledged is missing. An attached one is copied
 * right after each commit, and a cluster's log is received as it is written. Where capture does not run it is everything since; `knownThroughMs` is until when the history
 * reaches as far as the window tells.
 */
export function notKeptYet(database: DatabaseView, knownThroughMs: number | null, nowMs: number): NotKeptYet {
  const { kind } = readStatus(database);
  const { capture } = database;
  if (kind === "unknown") return { words: "unknown", remark: "" };
  if (kind === "preparing") return { words: "everything", remark: "until the first copy is complete" };
  if (kind === "unprotected") {
    const sinceMs = capture?.capturedThroughMs ?? knownThroughMs;
    return sinceMs === null
      ? { words: "everything", remark: "nothing is captured" }
      : { words: `the last ${formatDuration(Math.floor((nowMs - sinceMs) / 1000) * 1000)}`, remark: "and growing" };
  }
  if (database.engine === "postgres") return notReceivedYet(capture?.cluster ?? null);
  if (database.origin === "hosted") return { words: "0 writes", remark: "kept before they are answered" };
  return { words: "≤ 1 s of writes", remark: "copied after each commit" };
}

/** What a cluster has committed and Lastgood has not received. */
function notReceivedYet(health: ClusterHealth | null): NotKeptYet {
  if (!health) return { words: "unknown", remark: "" };
  if (health.zeroLoss === "on") return { words: "0 commits", remark: "each waits until it is received" };
  const { lagBytes, lagMs } = health;
  if (lagBytes === null) return { words: "unknown", remark: "the server does not answer" };
  if (lagBytes === 0 || lagMs === null || lagMs < 1_000) {
    return { words: "≤ 1 s of commits", remark: "received as they are written" };
  }
  return { words: `≤ ${formatDuration(lagMs)} of commits`, remark: `${formatBytes(lagBytes)} of log not received yet` };
}
