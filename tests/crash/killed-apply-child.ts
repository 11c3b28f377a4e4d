// The apply child, stopped by SIGKILL at a stage, or without a step that it needs. KILLED_APPLY: {stage, skip, dirty}.
import { answerApplyJob } from "../../lib/engines/sqlite/apply/answer-apply-job.ts";
import { clearStaleEntries } from "../../lib/engines/sqlite/wal/wal-index-blocks.ts";

export type KilledApply = { stage?: string; skip?: number; dirty?: boolean };

const { stage, skip = 0, dirty = false } = JSON.parse(process.env.KILLED_APPLY ?? "{}") as KilledApply;
let seen = 0;

await answerApplyJob({
  at(reached, writeHalf) {
    if (reached !== stage || seen++ < skip) return;
    writeHalf?.();
    process.kill(process.pid, "SIGKILL");
  },
  clearStaleEntries(block, geometry, keep) {
    if (!dirty) clearStaleEntries(block, geometry, keep);
    else if (keep === 0) block.fill(0, geometry.entriesAt);
  },
});
