/** Which of the operator's programs there are for a database; `problem` says why none may run. */
export type HooksFound = { before: boolean; after: boolean; problem: string | null };

/** What may accompany a restore in place, as it is offered. */
export type AroundOffer = {
  /** Null: writes cannot be held, or need not be. */
  mostFenceSeconds: number | null;
  hooks: HooksFound;
};
