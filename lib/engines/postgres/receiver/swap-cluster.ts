import { chownSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { formatLsn, parseLsn } from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { syncDirectory } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { current, nextIncarnation } from "../history/begin-stretch.ts";
import {
  type ClusterHistory,
  incarnationFolders,
  readClusterHistory,
  writeClusterHistory,
} from "../history/cluster-history.ts";
import { clusterUser } from "../programs/cluster-user.ts";
import type { SwapOrder, Swapped } from "../receiver-protocol.ts";
import { removeOldAside } from "./aside-directories.ts";
import { readControlData } from "./control-data.ts";
import { prepareSwap } from "./prepare-swap.ts";
import type { SwapHands } from "./swap-hands.ts";
import { endedBy, momentIn, stretchOf, withoutSwap, withSwap } from "./swap-history.ts";
import {
  findOpenSwap,
  forgetSwapJournal,
  readSwapJournal,
  type SwapJournal,
  writeSwapJournal,
} from "./swap-journal.ts";
import { writeFirstCommit } from "./write-first-commit.ts";

/**
 * Makes a stopped, complete data directory the one that serves. Killed anywhere, either the old or the new one serves after the
 * next start, and the history says which: until it is decided the old one does, from there on it is gone on with.
 *
 * Throws with `outcome: "nothing"` where the old one serves on; after any other failure the same question is to be asked again.
 */
export async function swapCluster(hands: SwapHands, order: SwapOrder): Promise<Swapped> {
  const { history } = hands.places;
  const known = readSwapJournal(history, order.restoreId);
  if (known?.swapped) return known.swapped;
  if (known && known.phase !== "begun") return goOn(hands, known);
  const journal = await prepareSwap(hands, order).catch((error: unknown) => {
    throw nothingDone(error);
  });
  try {
    await decide(hands, journal);
  } catch (error) {
    // Should the decision be on the disk all the same: what serves again has another last checkpoint, so it is void.
    forgetSwapJournal(history, order.restoreId);
    if (!journal.isLiveGone) await serveAgain(hands);
    throw nothingDone(error);
  }
  return goOn(hands, journal);
}

/**
 * Before a cluster is started: goes on with what was decided, forgets what was only begun. Answers whether there was anything to go
 * on with; then the cluster runs.
 */
export async function resumeSwap(hands: SwapHands): Promise<boolean> {
  const journal = findOpenSwap(hands.places.history);
  if (!journal) return false;
  if (journal.phase === "begun") {
    forgetSwapJournal(hands.places.history, journal.order.restoreId);
    return false;
  }
  try {
    await goOn(hands, journal);
  } catch (error) {
    if (!isNothing(error)) throw error;
  }
  return true;
}

/** Removes what a swap set aside; its state stays restorable from the history. */
export function discardAside({ places }: Pick<SwapHands, "places">, restoreId: string): void {
  const journal = readSwapJournal(places.history, restoreId);
  if (journal && journal.phase !== "done") return;
  rmSync(path.join(places.aside, restoreId), { recursive: true, force: true });
}

/** Stops the old server for good, or throws. */
async function decide(hands: SwapHands, journal: SwapJournal): Promise<void> {
  if (!journal.isLiveGone) await hands.prepareStop();
  reachPoint("swap.prepared");
  journal.stoppedAtMs = Date.now();
  await hands.stop();
  reachPoint("swap.stopped");
  journal.endLsn = journal.isLiveGone ? await endOfReceived(hands) : await endOfStopped(hands);
  journal.decidedAtMs = Date.now();
  journal.phase = "decided";
  writeSwapJournal(hands.places.history, journal);
  reachPoint("swap.decided");
}

async function endOfStopped(hands: SwapHands): Promise<string> {
  const { state, checkpoint } = await readControlData(hands.programs, hands.places.live);
  if (state !== "shut down") throw new LastgoodError("restore_failed", "The server did not stop in order.");
  if (await hands.hasReceived(checkpoint)) return checkpoint;
  throw new LastgoodError("restore_failed", "The last of the log was not received before the server stopped.");
}

/** Behind the last commit of a server that nobody can ask any more. */
async function endOfReceived(hands: SwapHands): Promise<string> {
  const now = current(requireHistory(hands));
  const newest = now && (await hands.settle(now.incarnation.number));
  if (newest) return formatLsn((parseLsn(newest.lsn) ?? 0n) + 8n);
  throw new LastgoodError("restore_failed", "No commit of this cluster was received.");
}

async function goOn(hands: SwapHands, journal: SwapJournal): Promise<Swapped> {
  const { places } = hands;
  const { restoreId } = journal.order;
  if (journal.phase === "returning") throw await putBack(hands, journal, new Error("it did not start"));
  if (!(await exchange(hands, journal))) {
    forgetSwapJournal(places.history, restoreId);
    await serveAgain(hands);
    throw nothingDone(new Error("the old state was written to since"));
  }
  if (!existsSync(places.live)) {
    journal.phase = "returning";
    writeSwapJournal(places.history, journal);
    throw await putBack(hands, journal, new Error("the restored state is gone"));
  }
  const past = requireHistory(hands);
  const present = withSwap(past, journal, hands.slotOf(nextIncarnation(past)));
  if (present !== past) writeClusterHistory(places.history, present);
  reachPoint("swap.history-written");
  try {
    await hands.start();
  } catch (error) {
    if (!(await isUnwritten(hands, journal))) throw error;
    journal.phase = "returning";
    writeSwapJournal(places.history, journal);
    throw await putBack(hands, journal, error);
  }
  journal.downtimeMs ??= Date.now() - (journal.stoppedAtMs ?? Date.now());
  reachPoint("swap.started");
  await hands.receive();
  reachPoint("swap.received");
  const first = await writeFirstCommit(hands, restoreId);
  reachPoint("swap.committed");
  const ended = endedBy(present, restoreId);
  const began = stretchOf(present, restoreId) ?? ended;
  journal.swapped = {
    previous: momentIn(present, ended, await hands.settle(ended.incarnation)),
    started: momentIn(present, began, first),
    activation: began.activation,
    downtimeMs: journal.downtimeMs,
  };
  journal.phase = "done";
  writeSwapJournal(places.history, journal);
  reachPoint("swap.done");
  await removeOldAside(places, Date.now());
  return journal.swapped;
}

/**
 * Sets the old directory aside and puts the new one into its place; what was done of that already is not done again. False where the
 * old one was written to after the decision, which is void then.
 */
async function exchange({ places, programs }: SwapHands, journal: SwapJournal): Promise<boolean> {
  const { order, endLsn, isLiveGone } = journal;
  const aside = path.join(places.aside, order.restoreId);
  if (!existsSync(aside)) {
    if (!isLiveGone) {
      const { state, checkpoint } = await readControlData(programs, places.live);
      if (state !== "shut down" || checkpoint !== endLsn) return false;
    }
    makeOwned(places.aside);
    // What is gone leaves its place empty: that it was set aside is to be seen in any case.
    if (isLiveGone && !existsSync(places.live)) makeOwned(places.live);
    move(places.live, aside);
    reachPoint("swap.old-aside");
  }
  if (existsSync(order.from)) {
    move(order.from, places.live);
    reachPoint("swap.new-live");
  }
  return true;
}

/** The reverse, for a new one that never came up. Answers what to throw. */
async function putBack(hands: SwapHands, journal: SwapJournal, cause: unknown): Promise<LastgoodError> {
  const { places } = hands;
  const { order } = journal;
  const aside = path.join(places.aside, order.restoreId);
  await hands.stop();
  if (existsSync(aside)) {
    if (existsSync(places.live)) move(places.live, order.from);
    reachPoint("swap.new-back");
    move(aside, places.live);
  }
  reachPoint("swap.old-back");
  const present = requireHistory(hands);
  const number = stretchOf(present, order.restoreId)?.incarnation;
  if (number !== undefined) {
    writeClusterHistory(places.history, withoutSwap(present, journal));
    rmSync(incarnationFolders(places.history, number).root, { recursive: true, force: true });
  }
  forgetSwapJournal(places.history, order.restoreId);
  if (!journal.isLiveGone) await serveAgain(hands);
  return nothingDone(cause);
}

async function serveAgain(hands: SwapHands): Promise<void> {
  await hands.start();
  await hands.receive();
}

/** Whether nobody can have committed anything to what was swapped in. */
async function isUnwritten({ programs, places }: SwapHands, { startLsn }: SwapJournal): Promise<boolean> {
  const { state, checkpoint } = await readControlData(programs, places.live);
  return state === "shut down" && checkpoint === startLsn;
}

/** Both names are durable when it returns. */
function move(from: string, to: string): void {
  renameSync(from, to);
  syncDirectory(path.dirname(to));
  syncDirectory(path.dirname(from));
}

function makeOwned(directory: string): void {
  if (mkdirSync(directory, { recursive: true, mode: 0o700 }) === undefined) return;
  const user = clusterUser();
  if (user) chownSync(directory, user.uid, user.gid);
}

function requireHistory({ places }: SwapHands): ClusterHistory {
  const history = readClusterHistory(places.history);
  if (history) return history;
  throw new LastgoodError("not_protected", "This cluster has no history yet.", {
    hint: "Wait until its first base backup is complete.",
    outcome: "nothing",
  });
}

const isNothing = (error: unknown) => error instanceof LastgoodError && error.details.outcome === "nothing";

function nothingDone(cause: unknown): LastgoodError {
  if (cause instanceof LastgoodError && isNothing(cause)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LastgoodError(
    "restore_failed",
    `The restored state could not be put in place: ${why.replace(/\.$/, "")}.`,
    { hint: "What served before serves on; nothing was changed. Try again.", outcome: "nothing" },
    { cause },
  );
}
