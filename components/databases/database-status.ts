import type { DatabaseView } from "../../lib/client/api-types.ts";
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
        remedy: "Delete it here and protect it again; its file is left alone.",
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
      problem: null,
    };
  }
  if (capture.problem) {
    return { kind: "attention", tone: "warn", words: "needs a look", problem: capture.problem };
  }
  if (!capture.spare) {
    return { kind: "attention", tone: "warn", words: "one keeper only", problem: null };
  }
  return { kind: "protected", tone: "ok", words: "protected", problem: null };
}

/** Whether every commit is being captured. */
export function isCaptured({ kind }: DatabaseStatus): boolean {
  return kind === "protected" || kind === "attention" || kind === "restoring";
}

/** Whether there can be anything to go back to: not where protecting it failed before its first copy. */
export function hasHistory({ state, capture }: DatabaseView): boolean {
  return state !== "failed" || (capture?.last ?? null) !== null;
}
