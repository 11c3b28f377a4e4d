import { answerApplyJob } from "./answer-apply-job.ts";

await answerApplyJob();
