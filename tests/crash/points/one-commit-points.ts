/** Where the process that writes rows as one commit and its agent may die, in their order; the last two come after a failure alone. */
export const ONE_COMMIT_POINTS = [
  "onecommit.locked",
  "onecommit.written",
  "onecommit.flushed",
  "onecommit.attempt-written",
  "onecommit.committed",
  "onecommit.commit-told",
  "onecommit.commit-found",
  "onecommit.done-written",
  "onecommit.fenced",
  "onecommit.settled",
] as const;

/** What dies at a point: to reach what comes after a failure, the writer dies first. */
export function deathsAt(point: string): string[] {
  return ["onecommit.fenced", "onecommit.settled"].includes(point) ? ["onecommit.committed", point] : [point];
}
