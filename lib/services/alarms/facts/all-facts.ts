import { agentNotSeen } from "./agent-not-seen.ts";
import { archiveBehind } from "./archive-behind.ts";
import { captureStopped } from "./capture-stopped.ts";
import { clockJump } from "./clock-jump.ts";
import { diskBudget } from "./disk-budget.ts";
import { drillFailed, drillOverdue } from "./drills.ts";
import type { FactSource } from "./fact-source.ts";
import { gapInHistory } from "./gap.ts";
import { massDelete } from "./mass-delete.ts";
import { scheduleMissed } from "./schedule-missed.ts";
import { secondCopyBehind } from "./second-copy-behind.ts";

/** Everything that alarms are raised for, one line each. */
export const ALL_FACTS: readonly FactSource[] = [
  captureStopped,
  gapInHistory,
  archiveBehind,
  drillFailed,
  drillOverdue,
  scheduleMissed,
  massDelete,
  clockJump,
  agentNotSeen,
  secondCopyBehind,
  diskBudget,
];
