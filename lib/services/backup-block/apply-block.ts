import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { type BackupBlock, BLOCK_SCHEDULE } from "../../domain/backup-block.ts";
import type { ScheduleDraft } from "../../domain/schedule.ts";
import { readEnv } from "../../env.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import type { DatabaseRow } from "../databases/find-database.ts";
import { writeChange } from "../schedules/change-schedule.ts";
import { insertSchedule } from "../schedules/create-schedule.ts";
import { toScheduleKey } from "../schedules/find-schedule.ts";
import { transact } from "../transact.ts";
import { findBlockDatabase } from "./find-block-database.ts";

const BY = "backup block";

/**
 * Makes what the backup block's configuration says of its database so: how many backups are kept, and its schedule, which is named
 * `backup-block`. The configuration wins over what people changed meanwhile. Nothing happens where another agent has the database,
 * or there is none yet. Throws `conflict` where several could be meant.
 */
export async function applyBlock(ctx: CallContext, agentId: string): Promise<void> {
  const { backupBlock: block } = readEnv();
  if (!block) return;
  await transact(async (tx) => {
    const of = await findBlockDatabase(tx, block);
    const database = of && (await tx.database.findUnique({ where: { id: of.database } }));
    if (!database || database.agentId !== agentId) return;
    await keepAtMost(tx, ctx, database, block);
    await applySchedule(tx, ctx, database, block);
  });
}

async function keepAtMost(
  tx: MetadataTransaction,
  ctx: CallContext,
  database: DatabaseRow,
  { maxBackups }: BackupBlock,
): Promise<void> {
  if (database.maxBackups === maxBackups) return;
  await tx.database.update({ where: { id: database.id }, data: { maxBackups } });
  await writeAuditEntry(tx, ctx, {
    action: "retention.change",
    outcome: "done",
    namespaceId: database.namespaceId,
    actorName: BY,
    target: { kind: "database", id: database.id },
    detail: { databaseId: database.id, before: { maxBackups: database.maxBackups }, after: { maxBackups } },
  });
}

async function applySchedule(
  tx: MetadataTransaction,
  ctx: CallContext,
  database: DatabaseRow,
  { schedule, excludeTables }: BackupBlock,
): Promise<void> {
  const nameKey = toScheduleKey(BLOCK_SCHEDULE);
  const before = await tx.schedule.findFirst({ where: { databaseId: database.id, nameKey, deletedAtMs: null } });
  if (!before && !schedule.enabled) return;
  const draft: ScheduleDraft = {
    name: BLOCK_SCHEDULE,
    kind: "portable",
    cron: schedule.cron,
    zone: schedule.zone,
    active: schedule.enabled,
    retentionDays: schedule.retentionDays,
    keepAtMost: null,
    jitterSeconds: 0,
  };
  const excluded = JSON.stringify(excludeTables);
  const isSame = before && isSameDraft(before, draft) && before.excludeTables === excluded;
  if (isSame) return;
  const id = before?.id ?? randomUUID();
  if (before) await writeChange(tx, ctx, { ...before, database }, draft, BY);
  else await insertSchedule(tx, database, draft, { id, by: BY });
  await tx.schedule.update({ where: { id }, data: { excludeTables: excluded, updatedAtMs: nowMs() } });
  await writeAuditEntry(tx, ctx, {
    action: "schedule.change",
    outcome: "done",
    namespaceId: database.namespaceId,
    actorName: BY,
    target: { kind: "schedule", id },
    detail: { databaseId: database.id, name: BLOCK_SCHEDULE, after: { ...draft, excludeTables } },
  });
}

function isSameDraft(row: { [Key in keyof ScheduleDraft]: unknown }, draft: ScheduleDraft): boolean {
  return (Object.keys(draft) as (keyof ScheduleDraft)[]).every((key) => row[key] === draft[key]);
}
