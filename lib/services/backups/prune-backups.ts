import { metadata } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { planRetention } from "../../domain/retention.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { purgeTimeOf } from "../databases/bury-database.ts";
import { transact } from "../transact.ts";
import { readRetained } from "./read-retained.ts";

const DAY_MS = 86_400_000n;

/** What one run did: how many it deleted, and how many it left for the next one. */
export type Pruned = { deleted: number; later: number };

/**
 * Deletes what retention no longer keeps of one database, as many as one run may. The rows say why, and can be brought back for
 * a day (or less, where nothing can for longer); their bytes go with that. Nothing of any other database is looked at.
 */
export async function pruneBackups(ctx: CallContext, databaseId: string): Promise<Pruned> {
  const nothing = { deleted: 0, later: 0 };
  const known = await metadata().database.findFirst({ where: { id: databaseId, deletedAtMs: null } });
  // Most runs find nothing to do: they need not wait for anybody's transaction.
  if (!known) return nothing;
  const looked = await readRetained(metadata(), known);
  if (planRetention(looked.backups, looked.rules, Number(await storeNowMs())).deletions.length === 0) return nothing;
  return transact(async (tx) => {
    const row = await tx.database.findFirst({ where: { id: databaseId, deletedAtMs: null } });
    if (!row) return nothing;
    const { backups, rules } = await readRetained(tx, row);
    const atMs = await storeNowMs(tx);
    const { deletions, later } = planRetention(backups, rules, Number(atMs));
    const [aDay, asOthers] = [atMs + DAY_MS, purgeTimeOf(atMs)];
    const purgeAfterMs = aDay < asOthers ? aDay : asOthers;
    for (const { id, because } of deletions) {
      await tx.backup.update({
        where: { id },
        data: { deletedAtMs: atMs, deletedBy: "retention", deletedBecause: because, purgeAfterMs },
      });
      const backup = backups.find((one) => one.id === id);
      await writeAuditEntry(tx, ctx, {
        action: "backup.expired",
        outcome: "done",
        namespaceId: row.namespaceId,
        actorName: null,
        target: { kind: "backup", id },
        detail: { databaseId, key: backup?.key ?? null, because, purgeAfterMs: Number(purgeAfterMs) },
      });
    }
    return { deleted: deletions.length, later: later.length };
  });
}

/** An agent's databases of which there are backups. */
export async function listBackedUpDatabases(agentId: string): Promise<string[]> {
  const rows = await metadata().database.findMany({
    where: { agentId, deletedAtMs: null, backups: { some: { status: "completed", deletedAtMs: null } } },
    orderBy: { id: "asc" },
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}
