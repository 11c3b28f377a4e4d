import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { publishFile, syncDirectory } from "../history/durable-file.ts";
import { baseChecksumsName, baseName, parseName, UNFINISHED } from "../history/format.ts";
import type { History } from "../history/open-history.ts";
import { writePageChecksums } from "../history/page-checksums.ts";
import { SealedSegment } from "../history/sealed-segment.ts";
import { materialise } from "../restore/materialise.ts";

/** What a crash test replaces: called after each step that a crash could come behind. */
export type PruneSteps = { after(step: "base written" | "base published" | "segment removed"): void };

/**
 * Makes a later base image and drops the segments before it, keeping every state from `keepFromMs` on. The new image is
 * verified page by page and durable under its name before the first segment goes; segments go oldest first, each durably, so
 * that what remains follows itself at any moment. Until the old image's own commit is gone, the old image counts.
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
  const segments = history.allSegments();
  const keptIndex = firstKept(history, keepFromMs);
  const kept = segments[keptIndex];
  if (!kept || kept.header.firstTxid <= history.base().txid) return Math.max(0, before - refreshedSize(history));
  const txid = kept.header.firstTxid;
  const dropped = segments.slice(0, keptIndex).map(({ file }) => file);
  const image = path.join(directory, baseName(txid));
  const workspace = `${image}.pages${UNFINISHED}`;
  const table = materialise(history, txid, `${image}${UNFINISHED}`, report, workspace);
  steps.after("base written");
  reachPoint("prune.image-synced");
  const { historyId, pageSize } = history;
  writePageChecksums(path.join(directory, baseChecksumsName(txid)), { historyId, txid, pageSize, table });
  reachPoint("prune.checksums-published");
  publishFile(image, () => reachPoint("prune.image-renamed"));
  steps.after("base published");
  reachPoint("prune.image-published");
  for (const file of dropped) {
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

/** The newest segment that begins at or before `keepFromMs`, with nothing but sealed ones before it. */
function firstKept(history: History, keepFromMs: number): number {
  const segments = history.allSegments();
  let found = 0;
  for (let index = 1; index < segments.length; index++) {
    const [previous, segment] = [segments[index - 1], segments[index]];
    if (!(previous instanceof SealedSegment) || !segment) break;
    const first = history.byTxid(segment.header.firstTxid);
    if (!first || first.timeMs > keepFromMs) break;
    found = index;
  }
  return found;
}

/** Images other than the one that counts, whole or begun: a pruning that was interrupted left them. */
function removeLeftovers(history: History): void {
  const counting = history.base().txid;
  for (const name of disk.readdirSync(history.directory)) {
    if (name.startsWith("base-") && name.endsWith(UNFINISHED))
      disk.rmSync(path.join(history.directory, name), { force: true });
    const parsed = parseName(name);
    if (parsed?.what !== "base" || parsed.txid === counting) continue;
    disk.rmSync(path.join(history.directory, name), { force: true });
    reachPoint("prune.old-image-removed");
    disk.rmSync(path.join(history.directory, baseChecksumsName(parsed.txid)), { force: true });
  }
  syncDirectory(history.directory);
  reachPoint("prune.leftovers-removed");
}

function refreshedSize(history: History): number {
  history.refresh();
  return history.sizeBytes();
}
