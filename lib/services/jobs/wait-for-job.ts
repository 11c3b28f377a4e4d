import { metadata } from "../../db/client.ts";
import type { JobStatus } from "./job-kinds.ts";

const POLL_MS = 40;

export type JobEnd = { status: JobStatus; errorCode: string | null; errorMessage: string | null };

/** Waits until a job has ended, at most `timeoutMs`; then, or when the caller went away, it answers how far it is. */
export async function waitForJob(jobId: string, timeoutMs: number, signal?: AbortSignal): Promise<JobEnd> {
  const untilMs = Date.now() + timeoutMs;
  for (;;) {
    const job = await metadata().job.findUniqueOrThrow({
      where: { id: jobId },
      select: { status: true, errorCode: true, errorMessage: true },
    });
    const open = job.status === "queued" || job.status === "running";
    if (!open || Date.now() >= untilMs || signal?.aborted) return { ...job, status: job.status as JobStatus };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
