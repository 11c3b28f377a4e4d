import type { GiveBackConflict, GiveBackPlan } from "../../domain/give-back.ts";

/** A plan in numbers alone, for those who may not read rows: neither values nor keys, which are values too. */
export function withoutValues(plan: GiveBackPlan): GiveBackPlan {
  return {
    ...plan,
    tables: plan.tables.map((table) => ({ ...table, samples: [] })),
    conflicts: withoutKeys(plan.conflicts),
  };
}

export function withoutKeys(conflicts: readonly GiveBackConflict[]): GiveBackConflict[] {
  return conflicts.map((conflict) => ({ ...conflict, keys: [] }));
}
