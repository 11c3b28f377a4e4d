/** Where a receiver that swaps a cluster's data directory may die, in their order. */
export const SWAP_POINTS = [
  "swap.roles-carried",
  "swap.begun",
  "swap.prepared",
  "swap.stopped",
  "swap.decided",
  "swap.old-aside",
  "swap.new-live",
  "swap.history-written",
  "swap.started",
  "swap.received",
  "swap.committed",
  "swap.done",
] as const;

/** Where it may die while it puts back what never came up. */
export const PUT_BACK_POINTS = ["swap.new-back", "swap.old-back"] as const;
