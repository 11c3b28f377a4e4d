import { relieveLog } from "../../../../../lib/engines/sqlite/keeper/relieve-log.ts";
import { KeptLog } from "../kept-log.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = async (folder) => {
  const log = await KeptLog.start(folder);
  const { salts } = log;
  let hasCommitted = false;
  const lagging = log.round(async () => {
    hasCommitted ||= await log.commits();
    return log.frames - 1;
  });
  for (let i = 0; i < 3; i++) {
    await log.commits();
    await relieveLog(lagging, log.lease, true);
    await log.tryRestart();
  }
  if (hasCommitted) return "somebody committed while the reader was asked whether all is copied";
  if (log.salts !== salts) return "the log restarted although the reader had not copied its last frame";
  // The same with a reader that has: then it does restart, or this scenario would prove nothing.
  await relieveLog(
    log.round(async () => log.frames),
    log.lease,
    true,
  );
  await log.tryRestart();
  return log.salts === salts ? "the log did not restart although all was copied" : null;
};
