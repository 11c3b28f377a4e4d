import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { ClusterHealth } from "../../lib/domain/cluster-health.ts";
import type { DotTone } from "../ui/status-dot.tsx";

/** How a database stands, for dots, chips and the first page's answer. */
export type DatabaseStatus = {
  kind: "protected" | "attention" | "preparing" | "restoring" | "unprotected" | "unknown";
  tone: DotTone;
  /** In a word or two. */
  words: string;
  /** Cause and next step where something is wrong. */
  problem: { cause: string; remedy: string } | null;
};

/** What a list shows as an alarm: not protected, not known to be, or no longer what was promised. */
export function isAlarm({ kind, problem }: DatabaseStatus): boolean {
  return kind === "unprotected" || kind === "unknown" || (kind === "attention" && problem !== null);
}

/** Reads a database's status. What is not known to be protected never counts as protected. */
export function readStatus(database: DatabaseView): DatabaseStatus {
  const { capture, state } = database;
  if (state === "failed") {
    return {
      kind: "unprotected",
      tone: "danger",
      words: "failed",
      problem: capture?.problem ?? {
        cause: database.problem ?? "It could not be taken under protection.",
        remedy:
          database.engine === "postgres"
            ? "Delete it here and protect it again; a server of yours is left alone."
            : "Delete it here and protect it again; its file is left alone.",
      },
    };
  }
  if (capture?.state === "stopped") {
    const problem = capture.problem ?? { cause: "Capture has stopped.", remedy: "Look at the agent's log." };
    return { kind: "unprotected", tone: "danger", words: "not captured", problem };
  }
  if (!capture) {
    return {
      kind: "unknown",
      tone: "danger",
      words: "agent silent",
      problem: {
        cause: "The agent does not answer.",
        remedy: "Capture may go on without it; start it again to see and to restore.",
      },
    };
  }
  if (state === "restoring") return { kind: "restoring", tone: "busy", words: "being restored", problem: null };
  if (state === "preparing" || capture.state === "base" || capture.state === "starting") {
    return {
      kind: "preparing",
      tone: "busy",
      words: capture.state === "base" ? "being copied" : "starting",
      // A start that cannot begin says why.
      problem: capture.state === "starting" ? capture.problem : null,
    };
  }
  if (capture.problem) {
    return { kind: "attention", tone: "warn", words: "needs a look", problem: capture.problem };
  }
  const health = clusterProblem(capture.cluster ?? null);
  if (health) return { kind: "attention", tone: "warn", words: health.words, problem: health };
  if (!capture.spare && database.engine === "sqlite") {
    return { kind: "attention", tone: "warn", words: "one keeper only", problem: null };
  }
  return { kind: "protected", tone: "ok", words: "protected", problem: null };
}

/** What a cluster's protection promises and does not keep right now. */
function clusterProblem(health: ClusterHealth | null): { words: string; cause: string; remedy: string } | null {
  if (health?.problem) return { words: "needs a look", ...health.problem };
  if (health?.zeroLoss === "lifted") {
    return {
      words: "zero loss lifted",
      cause: "Commits do not wait for Lastgood any more: receiving could not keep up.",
      remedy:
        "They wait again by themselves once it has caught up. Until then a lost server may take the last ones with it.",
    };
  }
  return null;
}

/** Whether every commit is being captured. */
export function isCaptured({ kind }: DatabaseStatus): boolean {
  return kind === "protected" || kind === "attention" || kind === "restoring";
}

/** Whether there can be anything to go back to: not where protecting it failed before its first copy. */
export function hasHistory({ state, capture }: DatabaseView): boolean {
  return state !== "failed" || (capture?.last ?? null) !== null;
}
