import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { publishFile, syncDirectory, UNFINISHED, writeWhole } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { createHistory } from "../history/create-history.ts";
import { baseChecksumsName, baseName, MIRROR_CHECKSUMS_NAME, MIRROR_NAME } from "../history/format.ts";
import { writePageChecksums } from "../history/page-checksums.ts";
import { wallClock } from "../wall-clock.ts";
import { CaptureStopped } from "./capture-problem.ts";
import type { LiveImage } from "./live-image.ts";

/** Room that is left on the disk beside image and mirror. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/**
 * Copies a live image as the base of a new history and begins the history with it. `isStill` is asked when all is copied
 * and before anything counts; when it says no, nothing has begun and the result is false.
 */
export async function createBase(
  directory: string,
  image: LiveImage,
  isStill: () => Promise<boolean>,
  progress: (pagesDone: number) => void,
): Promise<boolean> {
  disk.mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Its files' names live in it, and its own in its parent.
  syncDirectory(path.dirname(directory));
  removeRemains(directory);
  refuseWithoutRoom(directory, image);
  const historyId = randomBytes(16);
  const table = new Uint32Array(image.sizePages);
  const file = path.join(directory, baseName(1));
  const fd = disk.openSync(`${file}${UNFINISHED}`, "wx", 0o600);
  let timeMs = 0;
  try {
    let gathered: Buffer | null = null;
    await image.forEachPage(
      (page, bytes, _words, at) => {
        table[page - 1] = crc32(bytes.subarray(at, at + image.pageSize));
        gathered = bytes.subarray(0, at + image.pageSize);
      },
      (done) => {
        if (gathered) writeWhole(fd, gathered, null);
        reachPoint("base.stretch-written");
        progress(done);
      },
    );
    disk.fsyncSync(fd);
    reachPoint("base.image-synced");
    // Now, not when the copy began: whatever came after the copied commit is captured later than this.
    timeMs = wallClock.now();
    if (!(await isStill())) return false;
    reachPoint("base.stood-still");
  } finally {
    disk.closeSync(fd);
  }
  publishFile(file, () => reachPoint("base.image-renamed"));
  writePageChecksums(path.join(directory, baseChecksumsName(1)), {
    historyId,
    txid: 1,
    pageSize: image.pageSize,
    table,
  });
  reachPoint("base.checksums-published");
  disk.copyFileSync(file, path.join(directory, MIRROR_NAME), constants.COPYFILE_FICLONE);
  reachPoint("base.mirror-copied");
  syncDirectory(directory);
  const imageCrc = crc32(Buffer.from(table.buffer));
  const { sizePages, position, pageSize } = image;
  createHistory(directory, historyId, pageSize, { timeMs, sizePages, position, imageCrc });
  reachPoint("base.history-begun");
  return true;
}

/** What an earlier try left behind. Only called for a directory without any segment. */
function removeRemains(directory: string): void {
  for (const name of disk.readdirSync(directory)) {
    const isOurs = /^base-[0-9a-f]{16}\.(db|crc)(\.new)?$/.test(name) || name.endsWith(UNFINISHED);
    if (isOurs || name === MIRROR_NAME || name === MIRROR_CHECKSUMS_NAME) disk.rmSync(path.join(directory, name));
  }
}

function refuseWithoutRoom(directory: string, image: LiveImage): void {
  const { bavail, bsize } = disk.statfsSync(directory);
  const needed = 2 * image.sizePages * image.pageSize + RESERVE_BYTES;
  if (bavail * bsize >= needed) return;
  throw new CaptureStopped(
    {
      cause: `The first full image needs ${Math.ceil(needed / 1024 / 1024)} MiB; ${directory} has ${Math.floor((bavail * bsize) / 1024 / 1024)} MiB left.`,
      remedy: "Make room on this disk; within a minute Lastgood tries again by itself.",
    },
    { mayPass: true },
  );
}
