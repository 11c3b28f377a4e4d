import { relieveLog } from "../../../../../lib/engines/sqlite/keeper/relieve-log.ts";
import { KeptLog } from "../kept-log.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = async (folder) => {
  const log = await KeptLog.start(folder);
  const first = log.salts;
  const window = await relieveLog(
    log.round(async () => log.frames),
    log.lease,
    true,
  );
  if (typeof window !== "object" || !window.full) return `no window was opened: ${JSON.stringify(window)}`;
  await log.commits();
  const second = log.salts;
  if (second === first) return "the log did not restart over a bridge";
  // No wake has succeeded since: the commit that restarted the log must outlast whatever comes.
  for (let i = 0; i < 3; i++) await log.tryRestart();
  if (log.salts !== second) return "the log restarted a second time before anybody could have copied it";
  if (!log.hold.tryWake()) return "nobody holds the write lock, and yet the log cannot be woken";
  log.hold.move("woken");
  for (let i = 0; i < 3; i++) await log.tryRestart();
  return log.salts === second ? null : "the log restarted under the new pin";
};
