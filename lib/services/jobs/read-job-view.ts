import type { JobView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import { toStoredError } from "../restores/to-restore-view.ts";
import type { JobStatus } from "./job-kinds.ts";

/** A job as routes answer it, with its log lines; null when there is none of that id. */
export async function readJobView(jobId: string): Promise<JobView | null> {
  const job = await metadata().job.findUnique({
    where: { id: jobId },
    include: { lines: { orderBy: { seq: "asc" } } },
  });
  if (!job) return null;
  return {
    id: job.id,
    kind: job.kind,
    databaseId: job.databaseId,
    status: job.status as JobStatus,
    stage: job.stage,
    progress: job.progressTotal > 0n ? { done: Number(job.progressDone), total: Number(job.progressTotal) } : null,
    error: toStoredError(job),
    lines: job.lines.map(({ timeMs, text }) => ({ timeMs: toNumber(timeMs), text })),
    createdAtMs: toNumber(job.createdAtMs),
    startedAtMs: toNumber(job.startedAtMs),
    finishedAtMs: toNumber(job.finishedAtMs),
  };
}
