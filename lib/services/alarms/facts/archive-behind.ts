import type { AlarmFact } from "../../../domain/alarm.ts";
import type { ClusterHealth } from "../../../domain/cluster-health.ts";
import type { FactSource } from "./fact-source.ts";

/** Behind by so much is an alarm, until it is behind by less than the second. */
const RAISED_FROM_MS = 60_000;
const KEPT_FROM_MS = 15_000;

type Finding = Omit<AlarmFact, "kind" | "subject">;

/** The log of a cluster does not arrive as fast as it is written, or could be lost before it does. */
export const archiveBehind: FactSource = {
  kinds: ["archive_behind"],
  needsSeen: true,
  async find({ seen, nowMs }) {
    return [...seen.databases].flatMap(([databaseId, { cluster }]) =>
      (cluster ? judge(cluster, nowMs) : []).map((found) => ({
        ...{ kind: "archive_behind" as const, subject: { databaseId } },
        ...found,
      })),
    );
  },
};

/** What is behind at a cluster. Each has a cause of its own: one that is resolved says nothing of the others. */
function judge({ slot, lagMs, lagBytes, zeroLoss, liftedSinceMs }: ClusterHealth, nowMs: number): Finding[] {
  const figures = { lag_bytes: lagBytes, lag_ms: lagMs, slot: slot.walStatus };
  const found: Finding[] = [];
  if (slot.walStatus === "lost" || slot.walStatus === "unreserved") {
    found.push({
      cause: "removed",
      sinceMs: nowMs,
      text:
        slot.walStatus === "lost"
          ? "The server has removed log that had not arrived here: the history has a gap."
          : "The server is about to remove log that has not arrived here yet.",
      remedy: "Raise max_slot_wal_keep_size at the server, and see why the log does not arrive.",
      figures,
    });
  }
  if (lagMs !== null && lagMs >= KEPT_FROM_MS) {
    found.push({
      sinceMs: nowMs - lagMs,
      text: `The log arrives ${lagMs < 120_000 ? "more than a minute" : `${Math.floor(lagMs / 60_000)} min`} late.`,
      remedy: "See whether server, network or the disk of the history is overloaded.",
      figures,
      keepsOnly: lagMs < RAISED_FROM_MS,
    });
  }
  if (zeroLoss === "lifted" && liftedSinceMs !== null) {
    found.push({
      cause: "zero-loss",
      sinceMs: liftedSinceMs,
      text: "Commits do not wait for their copy: it could not keep up, and the application goes first.",
      remedy: "They wait again by themselves once it has caught up.",
      figures,
      keepsOnly: nowMs - liftedSinceMs < RAISED_FROM_MS,
    });
  }
  return found;
}
