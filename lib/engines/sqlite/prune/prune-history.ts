import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { publishFile, syncDirectory, UNFINISHED } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { baseChecksumsName, baseName } from "../history/format.ts";
import type { History } from "../history/open-history.ts";
import { writePageChecksums } from "../history/page-checksums.ts";
import { advanceBase, shareBlocks } from "./advance-base.ts";
import { planPruning } from "./plan-pruning.ts";

/** What a crash test replaces: called after each step that a crash could come behind. */
export type PruneSteps = { after(step: "base written" | "base published" | "segment removed"): void };

/**
 * Makes a later base image and drops the segments before it, keeping every state from `keepFromMs` on. Where the file system
 * lets files share blocks the image costs what was changed, otherwise a copy. It is verified, and durable under its name,
 * before the first segment goes; segments go oldest first, each durably, so that what remains follows itself at any moment.
 * Until the old image's own commit is gone, the old image counts.
 * @returns the bytes by which the history became smaller, 0 when there was nothing to drop
 */
export function pruneHistory(
  history: History,
  keepFromMs: number,
  report: (done: number, total: number) => void,
  steps: PruneSteps = { after() {} },
): number {
  const before = history.sizeBytes();
  const { directory } = history;
  removeLeftovers(history);
  const plan = planPruning(history, keepFromMs);
  if (!plan) return Math.max(0, before - refreshedSize(history));
  const { txid, dropped } = plan;
  const image = path.join(directory, baseName(txid));
  const unfinished = `${image}${UNFINISHED}`;
  const isShared = shareBlocks(history.base().path, unfinished);
  if (!isShared) disk.copyFileSync(history.base().path, unfinished);
  reachPoint("prune.base-copied");
  const table = advanceBase(history, txid, unfinished, isShared, report);
  steps.after("base written");
  reachPoint("prune.image-synced");
  const { historyId, pageSize } = history;
  writePageChecksums(path.join(directory, baseChecksumsName(txid)), { historyId, txid, pageSize, table });
  reachPoint("prune.checksums-published");
  publishFile(image, () => reachPoint("prune.image-renamed"));
  steps.after("base published");
  reachPoint("prune.image-published");
  for (const { file } of dropped) {
    disk.rmSync(file);
    reachPoint("prune.segment-unlinked");
    syncDirectory(directory);
    steps.after("segment removed");
    reachPoint("prune.segment-removed");
  }
  history.refresh();
  removeLeftovers(history);
  return Math.max(0, before - refreshedSize(history));
}

/** Images other than the one that counts, whole or not: a pruning that was interrupted left them. */
function removeLeftovers(history: History): void {
  const { txid } = history.base();
  const kept = new Set([baseName(txid), baseChecksumsName(txid)]);
  for (const name of disk.readdirSync(history.directory)) {
    if (!name.startsWith("base-") || kept.has(name)) continue;
    disk.rmSync(path.join(history.directory, name), { force: true });
    reachPoint("prune.old-image-removed");
  }
  syncDirectory(history.directory);
  reachPoint("prune.leftovers-removed");
}

function refreshedSize(history: History): number {
  history.refresh();
  return history.sizeBytes();
}
