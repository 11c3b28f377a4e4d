import { yieldToCheckpoint } from "../../../../../lib/engines/sqlite/keeper/yield-to-checkpoint.ts";
import { KeptLog } from "../kept-log.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = async (folder) => {
  const log = await KeptLog.start(folder);
  const { salts } = log;
  // The reader stands here for good, and the program goes on.
  const copied = log.frames;
  await log.commits();
  await yieldToCheckpoint(
    log.round(async () => copied),
    log.lease,
  );
  await yieldToCheckpoint(
    log.round(async () => copied),
    log.lease,
  );
  await log.tryRestart();
  await log.tryRestart();
  return log.salts === salts ? null : "the log restarted behind frames that nobody had copied";
};
