import { createHash } from "node:crypto";
import type { RestorePlan } from "../../../domain/restore.ts";

/** Bytes of a page, as servers are built; a cluster's plan counts in them. */
const PAGE_BYTES = 8192;

/** Milliseconds: starting servers; then unpacking a base, replaying log. */
const BEGIN_MS = 1500;
const UNPACKED_BYTES_PER_MS = 250_000;
const REPLAYED_BYTES_PER_MS = 60_000;
/** Exchanging two directories takes as long whatever they hold. */
const SWAP_MS = 700;

export type PlanFacts = Pick<RestorePlan, "databaseId" | "target" | "to" | "from" | "commits" | "way"> & {
  /** Of the restored state. */
  clusterBytes: number;
  /** Bytes of log to be replayed. */
  walBytes: number;
  /** Whether the state lies there already. */
  isReady: boolean;
  leavesBehind: string[];
  /** What a person confirms, beside database, state and target. */
  bound: readonly (string | null)[];
};

/** What a restore of a cluster would do, in the words of all engines. */
export function planOf({ clusterBytes, walBytes, isReady, leavesBehind, bound, ...facts }: PlanFacts): RestorePlan {
  const workMs = isReady ? 0 : BEGIN_MS + clusterBytes / UNPACKED_BYTES_PER_MS + walBytes / REPLAYED_BYTES_PER_MS;
  const isBeside = facts.way === "copy";
  return {
    ...facts,
    pages: Math.ceil(clusterBytes / PAGE_BYTES),
    pageSizeBytes: PAGE_BYTES,
    estimateMs: Math.round(workMs + (isBeside ? 0 : SWAP_MS)),
    leavesBehind,
    digest: createHash("sha256")
      .update(JSON.stringify([facts.databaseId, facts.to.bookmark, facts.target, ...bound]))
      .digest("hex"),
  };
}
