import type { CommitSummary } from "../../lib/domain/recovery-window.ts";

/** The commit before or after a bookmark in a list that is oldest first; null where the list ends. */
export function findNeighbour(
  commits: readonly CommitSummary[],
  bookmark: string,
  direction: "before" | "after",
): CommitSummary | null {
  if (direction === "after") return commits.find((commit) => commit.bookmark > bookmark) ?? null;
  return commits.findLast((commit) => commit.bookmark < bookmark) ?? null;
}
