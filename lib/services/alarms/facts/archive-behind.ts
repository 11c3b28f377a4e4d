import type { AlarmFact } from "../../../domain/alarm.ts";
import type { ClusterHealth } from "../../../domain/cluster-health.ts";
import type { FactSource } from "./fact-source.ts";

/** Behind by so much is an alarm, until it is behind by less than the second. */
const RAISED_FROM_MS = 60_000;
const KEPT_FROM_MS = 15_000;

type Finding = Pick<AlarmFact, "text" | "remedy" | "figures"> & { sinceMs: number; keepsOnly?: boolean };

/** The log of a cluster does not arrive as fast as it is written, or could be lost before it does. */
export const archiveBehind: FactSource = {
  kinds: ["archive_behind"],
  needsSeen: true,
  async find({ seen, nowMs }) {
    return [...seen.databases].flatMap(([databaseId, { cluster }]) => {
      const found = cluster && judge(cluster, nowMs);
      return found ? [{ kind: "archive_behind" as const, subject: { databaseId }, ...found }] : [];
    });
  },
};

/** What is behind at a cluster; null: nothing. */
function judge({ slot, lagMs, lagBytes, zeroLoss, liftedSinceMs }: ClusterHealth, nowMs: number): Finding | null {
  const figures = { lag_bytes: lagBytes, lag_ms: lagMs, slot: slot.walStatus };
  if (slot.walStatus === "lost" || slot.walStatus === "unreserved") {
    return {
      sinceMs: nowMs,
      text:
        slot.walStatus === "lost"
          ? "The server has removed log that had not arrived here: the history has a gap."
          : "The server is about to remove log that has not arrived here yet.",
      remedy: "Raise max_slot_wal_keep_size at the server, and see why the log does not arrive.",
      figures,
    };
  }
  if (lagMs !== null && lagMs >= KEPT_FROM_MS) {
    return {
      sinceMs: nowMs - lagMs,
      text: `The log arrives ${lagMs < 120_000 ? "more than a minute" : `${Math.floor(lagMs / 60_000)} min`} late.`,
      remedy: "See whether server, network or the disk of the history is overloaded.",
      figures,
      keepsOnly: lagMs < RAISED_FROM_MS,
    };
  }
  if (zeroLoss !== "lifted" || liftedSinceMs === null) return null;
  return {
    sinceMs: liftedSinceMs,
    text: "Commits do not wait for their copy: it could not keep up, and the application goes first.",
    remedy: "They wait again by themselves once it has caught up.",
    figures,
    keepsOnly: nowMs - liftedSinceMs < RAISED_FROM_MS,
  };
}
