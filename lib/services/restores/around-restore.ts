import { LastgoodError } from "../../domain/errors.ts";
import type { AroundOffer } from "../../domain/hooks.ts";
import type { RestorePlan } from "../../domain/restore.ts";
import { MOST_FENCE_SECONDS } from "../../domain/restore-stages.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { DatabaseRow } from "../databases/find-database.ts";

/** What somebody wants to go on around a restore in place. */
export type AroundInput = {
  /** For how many seconds, in all, an attached database's writes are held around it. */
  fenceSeconds?: number | undefined;
  /** Whether the operator's hooks run before and after it. */
  runHooks?: boolean | undefined;
};

/** The same as it stands in the restore's row. */
export type Around = { fenceSeconds: number | null; runHooks: boolean };
export const NOTHING_AROUND: Around = { fenceSeconds: null, runHooks: false };

/** What may go on around a restore in place, as the dialog offers it. */
export async function offerAround(database: DatabaseRow, plan: RestorePlan): Promise<AroundOffer> {
  const canHold = database.origin === "attached" && plan.way === "append";
  const hooks = await askAgentOf(database, "hooks", { databaseId: database.id });
  return { mostFenceSeconds: canHold ? MOST_FENCE_SECONDS : null, hooks };
}

/** Checks what was asked for against what is possible. Throws `invalid_input`; asks the agent only where hooks are to run. */
export async function checkAround(
  database: DatabaseRow,
  plan: RestorePlan,
  { fenceSeconds, runHooks = false }: AroundInput,
): Promise<Around> {
  if (fenceSeconds !== undefined) requireHoldable(database, plan);
  if (runHooks) {
    const { before, after, problem } = await askAgentOf(database, "hooks", { databaseId: database.id });
    if (problem !== null || (!before && !after)) {
      throw new LastgoodError("invalid_input", problem ?? "There are no hooks for this database.", {
        field: "runHooks",
        hint: "Hooks are programs in the folder that LASTGOOD_HOOKS names on the agent's machine. Nothing was changed.",
      });
    }
  }
  return { fenceSeconds: fenceSeconds ?? null, runHooks };
}

function requireHoldable(database: DatabaseRow, plan: RestorePlan): void {
  if (database.origin === "hosted") {
    throw new LastgoodError("invalid_input", "Writes are held around restores of attached databases only.", {
      field: "fenceSeconds",
      hint: "A hosted database turns its callers away by itself while it is restored.",
    });
  }
  if (plan.way !== "append") {
    throw new LastgoodError(
      "invalid_input",
      "Writes cannot be held around this restore: the file has to be copied back.",
      {
        field: "fenceSeconds",
        hint: "Stop the programs that write to it, and restore without holding writes.",
      },
    );
  }
}
