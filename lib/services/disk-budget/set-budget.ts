import type { DiskBudgetBody, DiskBudgetView } from "../../client/disk-budget-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { environmentOf, limitsOf, stateOf } from "./disk-budget-row.ts";
import { isShared, readDiskBudget, requireAgentOf } from "./read-budgets.ts";

/**
 * Sets how much of its disk an agent may take, what it leaves free, and which history never gives way. It counts after some seconds. Throws
 * `forbidden` where the agent has databases of others as well, `conflict` where it was changed since it was read, `confirmation_needed`.
 */
export function setDiskBudget(
  ctx: CallContext,
  { namespace, agent, version, ...body }: { namespace: string; agent: string } & DiskBudgetBody,
): Promise<DiskBudgetView> {
  return perform(ctx, "store.change", { namespace }, async ({ db, principal, note }) => {
    await requireAgentOf(db, principal.namespace.id, agent);
    note({ kind: "agent", id: agent }, { ...body });
    if (await isShared(db, principal.namespace.id, agent)) {
      throw new LastgoodError("forbidden", "This agent has databases of other namespaces as well.", {
        hint: "Whoever runs it sets its budget with LASTGOOD_DISK_BUDGET_GB and LASTGOOD_DISK_FLOOR_GB.",
      });
    }
    await requireConfirmed(ctx, db);
    const before = await db.diskBudget.findUnique({ where: { agentId: agent } });
    if ((before?.version ?? 0) !== version) {
      throw new LastgoodError("conflict", "The disk budget was changed meanwhile.", {
        hint: "Load it again; nothing was saved.",
      });
    }
    const { budgetBytes, floorBytes, leastDays } = body;
    const data = {
      budgetBytes: budgetBytes === null ? null : BigInt(budgetBytes),
      floorBytes: floorBytes === null ? null : BigInt(floorBytes),
      leastDays,
      version: version + 1,
      updatedAtMs: nowMs(),
      updatedBy: principal.name,
    };
    const saved = await db.diskBudget.upsert({
      where: { agentId: agent },
      create: { agentId: agent, ...data },
      update: data,
    });
    const sizeBytes = stateOf(saved)?.figures.sizeBytes ?? null;
    const limits = limitsOf(saved, environmentOf(saved), sizeBytes ?? 0);
    if (sizeBytes !== null && sizeBytes > 0 && limits.floorBytes >= sizeBytes) {
      throw new LastgoodError("invalid_input", "The floor is as large as the disk.", {
        field: "floorBytes",
        hint: "Leave less free, or nothing could be captured at all.",
      });
    }
    return readDiskBudget(db, principal.namespace.id, agent);
  });
}
