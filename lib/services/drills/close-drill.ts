import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { LastgoodError } from "../../domain/errors.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { tellDrill } from "./tell-drill.ts";

/** Ends an open drill that could not be run, or was not wanted any more. One that has ended stays as it is. */
export async function closeDrill(
  tx: MetadataTransaction,
  ctx: CallContext,
  which: { jobId: string } | { id: string },
  { error, cancelled, skipped = false }: { error: LastgoodError; cancelled: boolean; skipped?: boolean },
): Promise<void> {
  const open = await tx.drill.findFirst({ where: { ...which, status: { in: ["queued", "running"] } } });
  if (!open) return;
  const status = skipped ? "skipped" : cancelled ? "cancelled" : "failed";
  const drill = await tx.drill.update({
    where: { id: open.id },
    data: {
      status,
      errorCode: error.code,
      errorMessage: error.message,
      errorHint: error.details.hint ?? null,
      finishedAtMs: nowMs(),
    },
  });
  const database = await tx.database.findUniqueOrThrow({ where: { id: drill.databaseId } });
  if (status === "failed") await tellDrill(tx, drill, database);
  await writeAuditEntry(tx, ctx, {
    action: `drill.${status}`,
    outcome: "done",
    namespaceId: database.namespaceId,
    actorName: null,
    target: { kind: "drill", id: drill.id },
    detail: { databaseId: drill.databaseId, code: error.code },
  });
}
