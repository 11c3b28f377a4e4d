import { z } from "zod";

const MOST_BYTES = 1_000_000_000_000_000;
const bytes = (what: string) =>
  z
    .int(`${what} is a whole number of bytes, or null.`)
    .min(1_000_000, `${what} is at least 1 MB.`)
    .max(MOST_BYTES)
    .nullable();

/** The budget of an agent's disk as it is to be; null: what its environment says, or what is usual. */
export const diskBudgetBodySchema = z.strictObject({
  budgetBytes: bytes("The budget").default(null),
  floorBytes: bytes("The floor").default(null),
  leastDays: z.int().min(1, "At least a day of history never gives way.").max(365).nullable().default(null),
  version: z.int("Give the version that you have read, 0 where nothing is set yet.").min(0),
});
