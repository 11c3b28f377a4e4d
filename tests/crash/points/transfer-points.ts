/** Where a transfer into an attached server goes from one step to the next; from the last one on it took place. */
export const TRANSFER_POINTS = [
  "transfer.removed",
  "transfer.defined",
  "transfer.carried",
  "transfer.proven",
  "transaction.attempt-written",
  "transaction.committed",
] as const;
