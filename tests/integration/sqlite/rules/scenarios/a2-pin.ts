import { KeptLog } from "../kept-log.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = async (folder) => {
  const log = await KeptLog.start(folder);
  const { salts, frames } = log;
  for (let i = 0; i < 5; i++) {
    await log.commits();
    await log.tryRestart();
  }
  if (log.salts !== salts) return "the log restarted under a pin";
  const { backfilled } = log.hold.look();
  return backfilled <= frames ? null : `${backfilled} frames were backfilled over a pin at ${frames}`;
};
