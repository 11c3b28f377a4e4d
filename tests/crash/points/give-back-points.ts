/** Where rows are given back: what is not shared with others who write as one commit (`one-commit-points.ts`). */
export const GIVE_BACK_POINTS = ["giveback.staged", "giveback.skips-written"] as const;
