import type { LastgoodError } from "../../domain/errors.ts";
import { type ClaimedJob, claimJob, type LeaseHolder, type LeftWaiting } from "./claim-job.ts";
import { finishJob } from "./finish-job.ts";
import { goAhead } from "./go-ahead.ts";
import { renewJob } from "./renew-job.ts";
import { appendJobLine, reportJobProgress } from "./report-job-progress.ts";

type Outcome = { ok: true } | { ok: false; error: LastgoodError; cancelled: boolean };

/** The jobs of one agent's run, in the shape that its job loop wants. */
export function openJobStore(holder: LeaseHolder) {
  return {
    claim: (left: LeftWaiting = {}): Promise<ClaimedJob | null> => claimJob(holder, left),
    renew: (jobId: string) => renewJob(jobId, holder),
    goAhead: (jobId: string) => goAhead(jobId, holder),
    progress: (jobId: string, stage: string, done: number, total: number) =>
      reportJobProgress(jobId, holder.holder, { stage, done, total }),
    line: (jobId: string, text: string) => appendJobLine(jobId, text),
    finish: (jobId: string, outcome: Outcome) => finishJob(jobId, holder.holder, outcome),
  };
}
