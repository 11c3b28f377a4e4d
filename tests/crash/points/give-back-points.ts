/** Where the process that plans, the one that writes rows and their agent may die while rows are given back; in their order. */
export const GIVE_BACK_POINTS = [
  "giveback.staged",
  "giveback.locked",
  "giveback.written",
  "giveback.skips-written",
  "giveback.flushed",
  "giveback.attempt-written",
  "giveback.committed",
  "giveback.commit-told",
  "giveback.fenced",
  "giveback.settled",
  "giveback.commit-found",
  "giveback.done-written",
] as const;
