import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { transact } from "../transact.ts";

/**
 * Writes down where a job stands; nothing happens once its lease was lost. A restore's row shows the stage as well, and how
 * long each one took so far: whoever looks later can tell how long the rest will take.
 */
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
    const restore = count > 0 ? await tx.restore.findFirst({ where: { jobId, status: "running" } }) : null;
    if (!restore) return;
    const timings = timingsAt(stage, restore, Number(nowMs()));
    await tx.restore.update({ where: { id: restore.id }, data: { stage, timings: JSON.stringify(timings) } });
  });
}

/** What is not any other stage's time since the start is the present one's. */
function timingsAt(
  stage: string,
  { timings, startedAtMs }: { timings: string | null; startedAtMs: bigint | null },
  now: number,
): Record<string, number> {
  const { [stage]: _, ...others } = JSON.parse(timings ?? "{}") as Record<string, number>;
  const spentMs = Object.values(others).reduce((sum, ms) => sum + ms, 0);
  return { ...others, [stage]: Math.max(0, now - Number(startedAtMs ?? now) - spentMs) };
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
