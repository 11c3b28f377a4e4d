import type { DrillView } from "../../client/drill-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { askToStop } from "../jobs/ask-to-stop.ts";
import { endJob } from "../jobs/finish-job.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { closeDrill } from "./close-drill.ts";
import { readDrill } from "./create-drill.ts";
import { findDrill } from "./find-drill.ts";

/** Asks a drill to stop; its throwaway is removed. One that has ended stays as it is: `conflict`. */
export async function cancelDrill(
  ctx: CallContext,
  { namespace, database, drill }: OfDatabase & { drill: string },
): Promise<DrillView> {
  const { id, agentId } = await perform(ctx, "drill.run", { namespace }, async ({ db, principal, note }) => {
    const of = await findDatabase(db, principal, database);
    const row = await findDrill(db, of, drill);
    const found = { id: row.id, agentId: of.agentId };
    note({ kind: "drill", id: row.id }, { databaseId: row.databaseId, cancel: true, before: row.status });
    if (row.status !== "queued" && row.status !== "running") {
      throw new LastgoodError("conflict", `This drill has ended already: ${row.status}.`, {
        hint: "Nothing of it runs any more.",
      });
    }
    const error = new LastgoodError("cancelled", `Cancelled by ${principal.name}.`);
    const job = row.jobId === null ? null : await db.job.findUnique({ where: { id: row.jobId } });
    if (job?.status === "running") {
      await askToStop(db, job.id);
      return found;
    }
    if (job?.status === "queued") await endJob(db, job.id, { ok: false, error, cancelled: true });
    await closeDrill(db, ctx, { id: row.id }, { error, cancelled: true });
    return found;
  });
  await wakeAgent({ agentId });
  return readDrill(id);
}
