import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { syncDirectory, writeFileDurably } from "../../../storage/durable-file.ts";
import { historyDamaged } from "./format.ts";
import type { AnySegment } from "./history-steps.ts";
import type { Hole } from "./holes.ts";
import { OpenSegment } from "./open-segment.ts";
import { listSegments } from "./segment-list.ts";

/** Begins the name of a file that was set aside; such a file belongs to nothing, and nothing removes it. */
export const SET_ASIDE = "damaged-";

/**
 * Makes the newest commit one that can be read: a file whose commits cannot be is renamed, what an open segment yielded
 * before its damage is kept under its own name, and an empty segment behind is removed. Damage that readable commits come
 * after stays as it is. Throws `history_damaged` when no commit is left; then nothing was changed.
 */
export function setAsideUnreadableEnd(directory: string): void {
  for (;;) {
    const { segments, holes } = listSegments(directory, []);
    try {
      if (!segments.some((segment) => segment.commits > 0 && isNewestReadable(segment))) {
        const [hole] = holes;
        if (!hole) return;
        throw historyDamaged(path.basename(hole.file), hole.cause, hole.fromTxid, null);
      }
      if (!setAsideLast(segments, holes)) return;
    } finally {
      for (const segment of segments) segment.close();
    }
  }
}

/** True when something was changed, and there may be more. */
function setAsideLast(segments: readonly AnySegment[], holes: readonly Hole[]): boolean {
  const last = segments.at(-1);
  const hole = holes.at(-1);
  if (!last) return false;
  if (hole && hole.toTxid === null) {
    setAside(hole.file, segments.find(({ file }) => file === hole.file) ?? null);
    return true;
  }
  const first = last.header.firstTxid;
  if (last.commits === 0 && hole && (hole.toTxid === first - 1 || hole.fromTxid === first)) {
    setAside(last.file, null);
    return true;
  }
  const newest = segments.findLast(({ commits }) => commits > 0);
  if (!newest || isNewestReadable(newest)) return false;
  setAside(newest.file, null);
  return true;
}

function isNewestReadable(segment: AnySegment): boolean {
  try {
    segment.table().info(segment.commits - 1);
    return true;
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "history_damaged") return false;
    throw error;
  }
}

/** After a crash at any point the file is there under one of both names or under both. */
function setAside(file: string, segment: AnySegment | null): void {
  const directory = path.dirname(file);
  const aside = freeName(directory, `${SET_ASIDE}${path.basename(file)}`);
  const whole = segment instanceof OpenSegment && segment.commits > 0 ? segment : null;
  if (!whole) {
    disk.renameSync(file, aside);
    syncDirectory(directory);
    return;
  }
  disk.copyFileSync(file, aside);
  const fd = disk.openSync(aside, "r");
  try {
    disk.fsyncSync(fd);
  } finally {
    disk.closeSync(fd);
  }
  writeFileDurably(file, disk.readFileSync(file).subarray(0, whole.end));
}

function freeName(directory: string, name: string): string {
  const taken = new Set(disk.readdirSync(directory));
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name}.${i}`;
  return path.join(directory, free);
}
