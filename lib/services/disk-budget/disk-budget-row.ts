import { z } from "zod";
import type { MetadataReader } from "../../db/client.ts";
import { type DiskLimits, type DiskState, usualFloor } from "../../domain/disk-budget.ts";

export type DiskBudgetRow = NonNullable<Awaited<ReturnType<MetadataReader["diskBudget"]["findUnique"]>>>;

/** What an agent's environment says, bytes; nulls: nothing. */
export type DiskEnvironment = { budgetBytes: number | null; floorBytes: number | null };

/** Days of history that never give way where nobody has said. */
export const USUAL_LEAST_DAYS = 1;

/** The limits that count: what people set within what the environment says. */
export function limitsOf(row: DiskBudgetRow | null, environment: DiskEnvironment, sizeBytes: number): DiskLimits {
  const asked = row?.budgetBytes === null || row?.budgetBytes === undefined ? null : Number(row.budgetBytes);
  const budgets = [asked, environment.budgetBytes].filter((bytes) => bytes !== null);
  const floor = row?.floorBytes === null || row?.floorBytes === undefined ? null : Number(row.floorBytes);
  return {
    budgetBytes: budgets.length === 0 ? null : Math.min(...budgets),
    floorBytes: Math.max(
      floor ?? (environment.floorBytes === null ? usualFloor(sizeBytes) : 0),
      environment.floorBytes ?? 0,
    ),
    leastDays: row?.leastDays ?? USUAL_LEAST_DAYS,
  };
}

const environmentSchema = z.object({ budgetBytes: z.number().nullable(), floorBytes: z.number().nullable() });

export function environmentOf(row: DiskBudgetRow | null): DiskEnvironment {
  return row?.environment
    ? environmentSchema.parse(JSON.parse(row.environment))
    : { budgetBytes: null, floorBytes: null };
}

/** How an agent's disk stood when it was measured last; null before the first time. */
export function stateOf(row: Pick<DiskBudgetRow, "state"> | null): DiskState | null {
  return row?.state ? (JSON.parse(row.state) as DiskState) : null;
}
