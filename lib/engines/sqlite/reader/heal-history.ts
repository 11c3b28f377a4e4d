import { crc32 } from "node:zlib";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { HistoryWriter } from "../history/history-writer.ts";
import { COMMIT_FLAGS } from "../history/records.ts";
import { wallClock } from "../wall-clock.ts";
import { timeNextCommit } from "./capture-clock.ts";
import { MirrorDamaged } from "./capture-problem.ts";
import type { LiveImage } from "./live-image.ts";
import type { Mirror } from "./mirror.ts";
import { COUNTER_WORDS } from "./wake-commit.ts";

/**
 * Brings history and mirror to a live image after an interruption: one commit, flagged healed, of all pages that differ;
 * none when nothing differs. The commits in between are lost as single steps, the state is exact. `isStill` is asked when
 * everything was compared; when it says no, `unsteady` comes back and writer and mirror have to be opened anew.
 */
export async function healHistory(
  writer: HistoryWriter,
  mirror: Mirror,
  image: LiveImage,
  isStill: () => Promise<boolean>,
): Promise<"same" | "healed" | "unsteady"> {
  await writer.flush();
  const sizeBefore = mirror.sizePages;
  const changed: number[] = [];
  writer.beginLongCommit();
  if (image.sizePages < sizeBefore) {
    for (let page = image.sizePages + 1; page <= sizeBefore; page++) changed.push(page);
    mirror.shrinkTo(writer, image.sizePages, () => writePartWhenFull(writer));
  }
  mirror.growTo(image.sizePages);
  await image.forEachPage(
    (page, bytes, words, at) => {
      const crc = crc32(bytes.subarray(at, at + image.pageSize));
      if (isSame(mirror, page, crc, words, at >> 2)) return;
      mirror.captureUncached(writer, page, crc, words, at >> 2);
      changed.push(page);
      writePartWhenFull(writer);
    },
    () => mirror.forgetPages(),
  );
  if (!(await isStill())) return "unsteady";
  reachPoint("heal.compared");
  if (changed.length === 0 && image.sizePages === sizeBefore) {
    writer.cancelLongCommit();
    writer.addPosition(image.position);
    return "same";
  }
  const since = Math.max(writer.newest.timeMs, writer.watermarkMs);
  const time = timeNextCommit(wallClock.now(), writer.newest.timeMs, writer.watermarkMs);
  writer.endLongCommit({
    ...time,
    flags: time.flags | COMMIT_FLAGS.healed,
    gapFromMs: since,
    sizeAfter: image.sizePages,
    position: image.position,
  });
  await writer.flush();
  reachPoint("heal.synced");
  mirror.writeSize();
  for (const page of changed) {
    if (page > image.sizePages) continue;
    const { bytes } = image.readPage(page);
    if (crc32(bytes) !== mirror.checksumOf(page)) throw new MirrorDamaged(`page ${page} changed while it was compared`);
    mirror.writePage(page, bytes);
    reachPoint("heal.page-mirrored");
  }
  reachPoint("heal.ended");
  return "healed";
}

/** Equal content, not merely an equal checksum; on page 1 SQLite's own counters do not count. */
function isSame(mirror: Mirror, page: number, crc: number, words: Int32Array, at: number): boolean {
  if (page !== 1 && crc !== mirror.checksumOf(page)) return false;
  return mirror.equals(page, words, at, page === 1 ? COUNTER_WORDS : []);
}

function writePartWhenFull(writer: HistoryWriter): void {
  if (writer.partIsFull) writer.flushPart();
}
