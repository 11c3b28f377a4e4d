import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { transact } from "../transact.ts";

/** Writes down where a job stands; nothing happens once its lease was lost. A restore's row shows the stage as well. */
export async function reportJobProgress(
  jobId: string,
  holder: string,
  progress: { stage: string; done: number; total: number },
): Promise<void> {
  const { stage, done, total } = progress;
  await transact(async (tx) => {
    const { count } = await tx.job.updateMany({
      where: { id: jobId, leaseOwner: holder, status: "running" },
      data: { stage, progressDone: BigInt(Math.round(done)), progressTotal: BigInt(Math.round(total)) },
    });
    if (count > 0) await tx.restore.updateMany({ where: { jobId, status: "running" }, data: { stage } });
  });
}

/** Adds a line to a job's log. */
export async function appendJobLine(jobId: string, text: string): Promise<void> {
  await transact(async (tx) => {
    const last = await tx.jobLine.findFirst({ where: { jobId }, orderBy: { seq: "desc" }, select: { seq: true } });
    await tx.jobLine.create({ data: { jobId, seq: (last?.seq ?? 0) + 1, timeMs: nowMs(), text: text.slice(0, 2000) } });
  });
}

/** Whether somebody asked a job to stop: looked at before the stage from which on it can no longer. */
export async function isCancelAsked(jobId: string): Promise<boolean> {
  const job = await metadata().job.findUnique({ where: { id: jobId }, select: { cancelAsked: true } });
  return job?.cancelAsked ?? false;
}
