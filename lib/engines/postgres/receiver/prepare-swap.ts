import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { nextIncarnation } from "../history/begin-stretch.ts";
import { incarnationFolders, readClusterHistory } from "../history/cluster-history.ts";
import type { SwapOrder } from "../receiver-protocol.ts";
import { carryRoles, readRoles, superuserOf } from "./carry-roles.ts";
import { readControlData } from "./control-data.ts";
import { seedLog } from "./seed-log.ts";
import type { SwapHands } from "./swap-hands.ts";
import { stretchOf } from "./swap-history.ts";
import { type SwapJournal, writeSwapJournal } from "./swap-journal.ts";

const NOT_WHOLE = ["recovery.signal", "standby.signal", "postmaster.pid", "backup_label"];

/**
 * Everything of a swap that can be found out and done while the old server serves: the new directory gets the
 * credentials of now, and its log's beginning is laid down. Throws with `outcome: "nothing"`.
 */
export async function prepareSwap(hands: SwapHands, order: SwapOrder): Promise<SwapJournal> {
  const { programs, places } = hands;
  const from = requireBelow(places.root, order.from);
  const past = readClusterHistory(places.history);
  if (!past) throw refused("this cluster has no history yet");
  // Its journal was lost, as where the history came back on another machine: what was written after it would be set back.
  if (stretchOf(past, order.restoreId)) throw refused("the history has this restore already, and was written to since");
  if (NOT_WHOLE.some((name) => existsSync(path.join(from, name)))) throw refused("it was not stopped in order");
  const state = await readControlData(programs, from);
  if (state.state !== "shut down") throw refused(`its server says "${state.state}" of it`);
  if (state.systemIdentifier !== past.systemIdentifier) throw refused("it is of another cluster");
  if (state.timeline !== order.timeline) throw refused(`it is on timeline ${state.timeline}, not ${order.timeline}`);
  const isLiveGone = !existsSync(path.join(places.live, "PG_VERSION"));
  const directory = { directory: from, configurationFile: hands.configurationFile };
  if (isLiveGone) await carryRoles(programs, directory, [superuserOf(hands.access())], "as they were");
  else await carryRoles(programs, directory, await readRoles(hands.access()), "shut out");
  reachPoint("swap.roles-carried");
  const { checkpoint, redo } = await readControlData(programs, from);
  const folders = incarnationFolders(places.history, nextIncarnation(past));
  rmSync(folders.root, { recursive: true, force: true });
  const { timeline, parent } = order;
  const forkLsn = parent?.uptoLsn ?? redo;
  seedLog(from, folders.wal, { timeline, segmentBytes: past.segmentBytes, forkLsn, startLsn: redo });
  const journal: SwapJournal = {
    version: 1,
    phase: "begun",
    isLiveGone,
    order: { ...order, from },
    startLsn: checkpoint,
    stoppedAtMs: null,
    decidedAtMs: null,
    endLsn: null,
    downtimeMs: null,
    swapped: null,
  };
  writeSwapJournal(places.history, journal);
  reachPoint("swap.begun");
  return journal;
}

function requireBelow(root: string, directory: string): string {
  const full = path.resolve(directory);
  if (full.startsWith(`${root}${path.sep}`) && existsSync(path.join(full, "PG_VERSION"))) return full;
  throw refused("it is no data directory of this cluster");
}

function refused(why: string): LastgoodError {
  return new LastgoodError("restore_failed", `The restored state cannot be put in place: ${why}.`, {
    hint: "Nothing was changed. Restore again, and keep the agent's log.",
    outcome: "nothing",
  });
}
